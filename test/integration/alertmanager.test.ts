// A real Alertmanager with the shipped inhibition rules: what penumbra pushes is deduplicated, grouped, inhibited, silenced and resolved there.
import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { isAtAlertmanager } from '../../src/io/alertmanager.ts';
import { systemClock } from '../../src/io/clock.ts';
import { alertmanager } from '../../src/io/sinks/alertmanager.ts';
import { createSqliteStore } from '../../src/io/store/sqlite-store.ts';
import type { Store } from '../../src/io/store-port.ts';
import type { Alert } from '../../src/model.ts';
import { type AlertDelivery, createAlertDelivery } from '../../src/pipeline/deliver-alerts.ts';
import { hasAlertmanager, type RunningAlertmanager, startAlertmanager } from '../support/alertmanager.ts';
import { presentation, someAlert } from '../support/notification.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { silentLog, until } from '../support/tap-bench.ts';

interface Told {
  readonly status: string;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

const told: { to: string; what: Told }[] = [];
let receiver: Server;
let running: RunningAlertmanager;
let store: Store;
let delivery: AlertDelivery;

/** The shipped file, with receivers here and groups that do not wait. */
function quickConfig(port: number): string {
  const shipped = parse(
    readFileSync(join(import.meta.dirname, '../../config/prometheus/alertmanager.yaml'), 'utf8'),
  ) as { route: object; receivers: { name: string }[] };
  const receivers = shipped.receivers.map(({ name }) => ({
    name,
    webhook_configs: [{ url: `http://127.0.0.1:${port}/${name}` }],
  }));
  const route = { ...shipped.route, group_wait: '500ms', group_interval: '500ms' };
  return stringify({ ...shipped, route, receivers });
}

beforeAll(async () => {
  if (!hasAlertmanager) return;
  receiver = createServer(async (message, reply) => {
    let body = '';
    for await (const part of message.setEncoding('utf8')) body += part;
    told.push({ to: message.url ?? '', what: JSON.parse(body) as Told });
    reply.end();
  });
  running = await startAlertmanager(quickConfig(await listenOnFreePort(receiver)));
  const sink = alertmanager.create({ url: `${running.url}/`, headers: {} });
  const path = join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.db');
  store = createSqliteStore({ path, clock: systemClock, sinks: [sink.name], maxSamplesPerArm: 1 });
  delivery = createAlertDelivery({
    ...presentation,
    store,
    sinks: [{ ...sink, repeatEveryMs: 500 }],
    clock: systemClock,
    log: silentLog,
    active: () => [],
    pace: { waitMs: 0, gapMs: 0 },
  });
});

afterAll(async () => {
  if (!hasAlertmanager) return;
  store.close();
  receiver.closeAllConnections();
  receiver.close();
  await running.stop();
});

async function say(...alerts: Partial<Alert>[]): Promise<void> {
  store.raiseAlerts(alerts.map((alert) => ({ ...someAlert, at: Date.now(), ...alert })));
  while (store.undeliveredAlerts() > 0) await delivery.deliverDue();
}

interface Held {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly status: { readonly state: string; readonly silencedBy: string[]; readonly inhibitedBy: string[] };
}

async function held(experiment: string): Promise<Held[]> {
  const answer = await fetch(`${running.url}/api/v2/alerts`);
  return ((await answer.json()) as Held[]).filter(({ labels }) => labels.experiment === experiment);
}

const about = (experiment: string, hypothesis = 'candidate.late.flip'): Partial<Alert> => ({
  key: `${experiment}/${hypothesis}`,
  experiment,
  hypothesis,
});

/** What the receivers heard of this experiment, in order. */
const heard = (experiment: string) =>
  told.flatMap(({ to, what }) => {
    const own = what.alerts.filter(({ labels }) => labels.experiment === experiment);
    return own.length === 0 ? [] : [{ to, statuses: own.map(({ status }) => status) }];
  });

describe.skipIf(!hasAlertmanager)(
  'a real Alertmanager (skipped where prometheus-alertmanager is not installed)',
  () => {
    it('holds one alert for a cause however often it is told, groups many into one message, and resolves them', async () => {
      const many = Array.from({ length: 5 }, (_, index) => about('group', `candidate.d${index}.flip`));
      await say(...many);
      await say(...many.map((one) => ({ ...one, run: 'r2', summary: '17.8 %' })));
      expect(await held('group')).toHaveLength(5);
      await until(() => heard('group').length > 0);
      expect(heard('group')).toEqual([{ to: '/pager', statuses: Array(5).fill('firing') }]);
      const [one] = await held('group');
      expect(one?.annotations).toMatchObject({ run: 'r2', description: '17.8 %' });
      const sought = { run: 'r2', key: null, since: 0 };
      expect(await isAtAlertmanager(running.url, sought)).toBe(true);
      await say(...many.map((alert) => ({ ...alert, run: 'r2', status: 'resolved' as const })));
      await until(() => heard('group').length > 1);
      expect(heard('group')[1]).toEqual({ to: '/pager', statuses: Array(5).fill('resolved') });
      expect(await held('group')).toEqual([]);
    });

    it('is silent about arms while their control fires, and about both while production has changed', async () => {
      const control = { ...about('pair', 'twin.late.flip'), cause: 'control', arm: 'twin' } as const;
      await say(control, about('pair'), about('alone'));
      const inhibited = async () => (await held('pair')).filter(({ status }) => status.inhibitedBy.length > 0);
      await until(() => heard('pair').length > 0 && heard('alone').length > 0);
      expect(heard('pair')).toEqual([{ to: '/pager', statuses: ['firing'] }]);
      expect((await inhibited()).map(({ labels }) => labels.arm)).toEqual(['candidate']);
      const watch = {
        key: 'watch/late/collapse',
        cause: 'production',
        hypothesis: 'late.collapse',
        arm: null,
      } as const;
      await say({ ...watch, experiment: 'watch', run: 'production' });
      const all = await fetch(`${running.url}/api/v2/alerts?inhibited=true&active=true`);
      const labels = ((await all.json()) as Held[]).map((one) => [
        one.labels.alertname,
        one.status.inhibitedBy.length > 0,
      ]);
      expect(labels.filter(([, isInhibited]) => !isInhibited)).toEqual([['PenumbraProductionChanged', false]]);
      await say({ ...watch, status: 'resolved' }, { ...control, status: 'resolved' });
      await until(() => heard('pair').some(({ statuses }) => statuses.length === 2));
      await say({ ...about('pair'), status: 'resolved' }, { ...about('alone'), status: 'resolved' });
    });

    it('takes tickets elsewhere than pages, and tells nobody what is silenced', async () => {
      const matchers = [{ name: 'experiment', value: 'quiet', isRegex: false, isEqual: true }];
      const times = { startsAt: new Date(), endsAt: new Date(Date.now() + 600_000) };
      const silence = await fetch(`${running.url}/api/v2/silences`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ matchers, ...times, createdBy: 'test', comment: 'test' }),
      });
      expect(silence.status).toBe(200);
      await say(about('quiet'), { ...about('fault'), severity: 'ticket' });
      await until(() => heard('fault').length > 0);
      expect(heard('fault')).toEqual([{ to: '/tickets', statuses: ['firing'] }]);
      expect((await held('quiet')).map(({ status }) => status.state)).toEqual(['suppressed']);
      expect(heard('quiet')).toEqual([]);
    });

    it('is told again what fires after it has lost everything', async () => {
      await say({ ...about('kept'), severity: 'ticket' });
      const { port } = new URL(running.url);
      await running.stop();
      const { port: receiverPort } = receiver.address() as AddressInfo;
      running = await startAlertmanager(quickConfig(receiverPort), Number(port));
      expect(await held('kept')).toEqual([]);
      const again = async () => {
        await delivery.deliverDue();
        return (await held('kept')).length;
      };
      await expect.poll(again).toBe(1);
    });
  },
);
