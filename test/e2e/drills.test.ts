// Drills on a whole comparator: a planted regression is found, its alert goes through the real outbox to a real receiver, and every way
// that it can fail to arrive is told apart.
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DrillView } from '../../src/api/comparator.ts';
import { type AlertReceiver, startAlertReceiver } from '../support/alert-receiver.ts';
import type { TestComparator, TestComparatorOptions } from '../support/comparator.ts';
import { parseSamples } from '../support/exposition.ts';
import { roundMs } from '../support/fake-clock.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { useComparators } from '../support/running-comparators.ts';

/** Ids of the requests that were changed before they were sent. */
const changed = new Set<string>();
const planted = (id: string) => ({ score: changed.has(id) ? 0.1 : 0.9 }) as const;

const trial: TestComparatorOptions = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%' },
  settings: { warmUp: '5', gate: '{minPairs: 10}', start: 'on request', budget: '{requests: 100 per second}' },
  answers: { planted },
  onCall: ({ perturbed, headers }) => {
    if (perturbed) changed.add(String(headers['x-request-id']).replace(/^shadow-/, ''));
  },
};
const { running, start } = useComparators(trial);

let receiver: AlertReceiver;
beforeEach(async () => {
  receiver = await startAlertReceiver();
});
afterEach(() => receiver.close());

const topFor = (url: string, drill = '{within: 60s, budget: {requests: 5 per second}}') => ({
  top: { alerts: `[{webhook: "${url}"}]`, drill },
});

/** Traffic, five requests a second, until it looks as wanted or two minutes are over. */
async function driveUntil(t: TestComparator, isSo: () => boolean, { deliver = true } = {}): Promise<void> {
  for (let step = 0; step < 600 && !isSo(); step++) {
    if (deliver) t.deliver(`${t.clock.nowMs()}-${step}`);
    await t.clock.advance(200);
  }
}

const drillOf = (t: TestComparator, id: string): DrillView => t.app.comparator.drill(id);
const isOver = (t: TestComparator, id: string) => (): boolean => drillOf(t, id).result !== null;

/** A real network takes real time: the clock moves slowly until every sink has the alert. */
async function untilDelivered(t: TestComparator, id: string): Promise<void> {
  await driveUntil(t, () => drillOf(t, id).verdict !== null);
  expect(drillOf(t, id).verdict).not.toBe(null);
  await advanceOnNetwork(t, () => receiver.alerts.length >= 1);
  await advanceOnNetwork(t, () => drillOf(t, id).deliveries.every(({ at }) => at !== null));
}

async function advanceOnNetwork(t: TestComparator, isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100 && !isSo(); turn++) {
    await new Promise((resume) => setTimeout(resume, 5));
    await t.clock.advance(200);
  }
}

describe('a planted regression', () => {
  it('is found, its alert is delivered and said to be a drill, it resolves, and every part is measured', async () => {
    const t = await start(topFor(receiver.url));
    const begun = await t.app.comparator.startDrill({ awaitsArrival: false });
    expect(begun).toMatchObject({ result: null, experiment: 'trial', arm: 'control', planted: 'zero speed' });
    expect(begun).toMatchObject({ maxRequestsPerSecond: 5, maxRequests: 2000, by: 'request' });
    await untilDelivered(t, begun.id);
    await driveUntil(t, isOver(t, begun.id));
    const drill = drillOf(t, begun.id);
    expect(drill).toMatchObject({ result: 'delivered', isSuccess: true, arrivalMs: null });
    expect(drill.sentence).toMatch(
      /^the planted regression was found after \d+ requests \([\d.]+ s\), and every sink took the alert [\d.]+ s later; arrival was not checked$/,
    );
    const { plantedAt, verdict, detectionMs } = drill;
    expect(detectionMs).toBe((verdict?.at ?? 0) - (plantedAt ?? 0));
    expect(plantedAt).toBeGreaterThan(roundMs);
    await advanceOnNetwork(t, () => receiver.alerts.length >= 2);
    expect(receiver.alerts).toMatchObject([
      { key: 'drill/planted.late.flip', status: 'firing', experiment: 'drill', run: begun.id },
      { key: 'drill/planted.late.flip', status: 'resolved' },
    ]);
    for (const { summary } of receiver.alerts) expect(summary).toMatch(/^DRILL: /);
    expect(t.app.comparator.run(begun.id)).toMatchObject({ state: 'COMPLETED', experiment: 'drill' });
    const samples = parseSamples((await t.app.comparator.metrics()).text);
    expect(samples.get('penumbra_drill_runs_total{result="delivered"}')).toBe(1);
    expect(samples.get('penumbra_drill_detection_seconds')).toBe((detectionMs ?? 0) / 1000);
    expect(samples.get('penumbra_drill_last_success_timestamp_seconds')).toBe((drill.endedAt ?? 0) / 1000);
  });

  it('sends nothing more once it is found, and never more than its budget', async () => {
    const t = await start(topFor(receiver.url));
    receiver.status = 503;
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: false });
    await driveUntil(t, () => drillOf(t, id).verdict !== null);
    await t.clock.advance(200);
    const asked = t.asked.planted?.length ?? 0;
    await driveUntil(t, isOver(t, id));
    expect(t.asked.planted).toHaveLength(asked);
    expect(asked).toBeGreaterThan(5);
  });

  it('goes on beside an ordinary run, changes nothing about its gate, and answers none itself', async () => {
    const [quiet, drilled] = [await start(topFor(receiver.url)), await start(topFor(receiver.url))];
    const { id } = await drilled.app.comparator.startDrill({ awaitsArrival: false });
    const gates = [];
    for (const t of [quiet, drilled]) {
      const { id: run } = await t.app.comparator.startRun({ experiment: 'trial' });
      for (let step = 0; step < 200; step++) {
        t.deliver(`request ${step}`);
        await t.clock.advance(200);
      }
      gates.push({ ...t.app.comparator.gate({ run, experiment: null, nonce: null }), run: '' });
    }
    expect(drillOf(drilled, id).verdict).not.toBe(null);
    expect(gates[0]?.pairs).toBeGreaterThan(100);
    expect(gates[1]).toEqual(gates[0]);
    for (const about of [
      { run: null, experiment: 'drill' },
      { run: id, experiment: null },
    ]) {
      expect(() => drilled.app.comparator.gate({ ...about, nonce: null })).toThrow('a drill answers no gate');
    }
  });

  it('runs one at a time, and not without a sink', async () => {
    const t = await start(topFor(receiver.url));
    await t.app.comparator.startDrill({ awaitsArrival: false });
    const again = t.app.comparator.startDrill({ awaitsArrival: false });
    await expect(again).rejects.toMatchObject({ code: 'DRILL_CANNOT_START' });
    const other = await start();
    const silent = other.app.comparator.startDrill({ awaitsArrival: false });
    await expect(silent).rejects.toThrow('drill requires alerts');
    expect(other.app.comparator.drills()).toEqual([]);
    expect(() => t.app.comparator.drill('nobody')).toThrow('there is no drill "nobody"');
  });
});

describe('arrival', () => {
  it('is waited for with the alert firing, and measured when it is said', async () => {
    const t = await start(topFor(receiver.url));
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: true });
    await untilDelivered(t, id);
    await t.clock.advance(3000);
    expect(drillOf(t, id).result).toBe(null);
    expect(receiver.alerts.map(({ status }) => status)).toEqual(['firing']);
    t.app.comparator.drillArrived(id, 'pager');
    await t.clock.advance(200);
    const drill = drillOf(t, id);
    expect(drill).toMatchObject({ result: 'arrived', isSuccess: true, arrival: { where: 'pager' } });
    expect(drill.sentence).toContain('its alert arrived at pager');
    expect(drill.arrivalMs).toBeGreaterThanOrEqual(3000);
  });

  it('is asked for by the comparator itself where the config names a receiver (here a small stand-in for an Alertmanager)', async () => {
    const asked: string[] = [];
    let held: object[] = [];
    const alertmanager = createServer((message, reply) => {
      asked.push(`${message.method} ${message.url}`);
      reply.end(JSON.stringify(held));
    });
    const port = await listenOnFreePort(alertmanager);
    try {
      const t = await start(topFor(receiver.url, `{within: 60s, receiver: "http://127.0.0.1:${port}"}`));
      const { id } = await t.app.comparator.startDrill({ awaitsArrival: false });
      held = [{ labels: { key: 'drill/planted.late.flip' }, annotations: {}, startsAt: '2023-01-01T00:00:00Z' }];
      await untilDelivered(t, id);
      await advanceOnNetwork(t, () => asked.length > 1);
      expect(drillOf(t, id).result).toBe(null);
      held.push({ labels: { alertname: 'penumbra' }, annotations: { run: id }, startsAt: '2023-01-01T00:00:00Z' });
      await advanceOnNetwork(t, isOver(t, id));
      expect(drillOf(t, id)).toMatchObject({ result: 'arrived', arrival: { where: `127.0.0.1:${port}` } });
      expect(new Set(asked)).toEqual(new Set(['GET /api/v2/alerts']));
    } finally {
      alertmanager.closeAllConnections();
      alertmanager.close();
    }
  });

  it('that nobody sees in time is a failure, although every sink took the alert', async () => {
    const t = await start(topFor(receiver.url));
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: true });
    await untilDelivered(t, id);
    await driveUntil(t, isOver(t, id));
    expect(drillOf(t, id)).toMatchObject({ result: 'not_arrived', isSuccess: false });
    expect(t.app.comparator.drillArrived(id, 'too late').result).toBe('not_arrived');
  });
});

describe('an alarm that does not work', () => {
  it('for a sink that is down is said to be not delivered', async () => {
    const t = await start(topFor('http://127.0.0.1:9'));
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: false });
    await driveUntil(t, isOver(t, id));
    const drill = drillOf(t, id);
    expect(drill).toMatchObject({ result: 'not_delivered', isSuccess: false, deliveryMs: null });
    expect(drill.sentence).toContain('but webhook 127.0.0.1:9 did not take the alert within 1m');
    expect(t.app.comparator.run(id).state).toBe('STOPPED');
  });

  it('for a sink that refuses it ends at once', async () => {
    receiver.status = 403;
    const t = await start(topFor(receiver.url));
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: false });
    await driveUntil(t, () => drillOf(t, id).verdict !== null);
    await advanceOnNetwork(t, () => receiver.alerts.length >= 1);
    const soon = t.clock.nowMs();
    for (let turn = 0; turn < 100 && drillOf(t, id).result === null; turn++) {
      await new Promise((resume) => setTimeout(resume, 5));
      await t.clock.advance(20);
    }
    expect(drillOf(t, id)).toMatchObject({ result: 'not_delivered', reason: expect.stringContaining('HTTP 403') });
    expect(t.clock.nowMs() - soon).toBeLessThan(10_000);
  });

  it('because the regression changes no answer is said to be not found', async () => {
    const t = await start({ ...topFor(receiver.url), answers: {} });
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: false });
    await driveUntil(t, isOver(t, id));
    expect(drillOf(t, id)).toMatchObject({ result: 'not_found', verdict: null });
    expect(drillOf(t, id).sentence).toMatch(
      /^the alarm was not raised: the planted regression was not found within 1m/,
    );
    expect(receiver.alerts).toEqual([]);
  });

  it('because nothing came is said to have no data', async () => {
    const t = await start(topFor(receiver.url));
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: false });
    await driveUntil(t, isOver(t, id), { deliver: false });
    expect(drillOf(t, id)).toMatchObject({ result: 'no_data', plantedRequests: 0 });
  });
});

describe('the kill switch', () => {
  it('ends a drill that runs, and lets none start', async () => {
    const t = await start(topFor(receiver.url));
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: false });
    await driveUntil(t, () => drillOf(t, id).plantedRequests > 3);
    t.app.comparator.kill('load');
    const asked = t.asked.planted?.length;
    await t.clock.advance(1000);
    expect(drillOf(t, id)).toMatchObject({ result: 'aborted', reason: 'kill switch: load' });
    await driveUntil(t, () => false, { deliver: true });
    expect(t.asked.planted).toHaveLength(asked ?? -1);
    await expect(t.app.comparator.startDrill({ awaitsArrival: false })).rejects.toMatchObject({ code: 'KILLED' });
  });
});

describe('a restart', () => {
  it('interrupts a drill: it is said so, its alert resolves, and what earlier ones have shown is kept', async () => {
    receiver.status = 503;
    const t = await start(topFor(receiver.url));
    const { id } = await t.app.comparator.startDrill({ awaitsArrival: true });
    await driveUntil(t, () => drillOf(t, id).verdict !== null);
    const next = await t.crash();
    running.splice(0, 1, next);
    expect(drillOf(next, id)).toMatchObject({ result: 'interrupted', isSuccess: false });
    expect(next.app.comparator.run(id)).toMatchObject({
      state: 'STOPPED',
      endReason: 'interrupted by a restart of penumbra',
    });
    const waiting = next.store.dueAlerts(Number.MAX_SAFE_INTEGER);
    expect(waiting).toMatchObject([{ alert: { key: 'drill/planted.late.flip', status: 'firing' } }]);
    next.store.settleAlerts([waiting[0]?.id ?? 0], { delivered: true, retryAtMs: null, detail: '' });
    expect(next.store.dueAlerts(Number.MAX_SAFE_INTEGER)).toMatchObject([{ alert: { status: 'resolved' } }]);
    const samples = parseSamples((await next.app.comparator.metrics()).text);
    expect(samples.get('penumbra_drill_runs_total{result="interrupted"}')).toBe(1);
    expect((await next.app.comparator.startDrill({ awaitsArrival: false })).result).toBe(null);
  });
});

describe('a schedule', () => {
  it('starts drills by itself, one at a time', async () => {
    const t = await start(topFor(receiver.url, '{within: 60s, schedule: {every: 90s}}'));
    await t.at(80);
    expect(t.app.comparator.drills()).toEqual([]);
    await t.at(95);
    expect(t.app.comparator.drills()).toMatchObject([{ by: 'schedule', result: null }]);
    await t.at(185);
    expect(t.app.comparator.drills()).toMatchObject([{ result: null }, { result: 'no_data' }]);
  });
});
