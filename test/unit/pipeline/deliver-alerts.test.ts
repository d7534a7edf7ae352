// Alerts reach their sinks at least once and in order, whatever the receivers and the process do meanwhile.

import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/io/clock.ts';
import type { Clock, Log, Sink } from '../../../src/io/ports.ts';
import { webhook } from '../../../src/io/sinks/webhook.ts';
import { createSqliteStore } from '../../../src/io/store/sqlite-store.ts';
import type { Store } from '../../../src/io/store-port.ts';
import type { Alert, Notification, Run } from '../../../src/model.ts';
import { retryDelayMs } from '../../../src/pipeline/alert-lane.ts';
import { createAlertDelivery, type DeliveryDeps } from '../../../src/pipeline/deliver-alerts.ts';
import { createFakeClock, type FakeClock } from '../../support/fake-clock.ts';
import { presentation, someAlert } from '../../support/notification.ts';

const stores: Store[] = [];
const servers: Server[] = [];
const errors: string[] = [];
const log: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (_fields, message) => void errors.push(message),
};

function openStore(clock: Clock, { path = newPath(), sinks = ['receiver'] } = {}): Store {
  const store = createSqliteStore({ path, clock, sinks, maxSamplesPerArm: 1 });
  stores.push(store);
  return store;
}

const newPath = (): string => join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.db');

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
  for (const server of servers.splice(0)) server.close();
  errors.length = 0;
});

function alertOf(key: string, status: Alert['status'], about: Partial<Alert> = {}): Alert {
  return { ...someAlert, key, status, experiment: 'e', hypothesis: key, ...about };
}

function put(store: Store, ...alerts: Alert[]): void {
  const run = { id: 'r', experiment: 'e', state: 'RUNNING', startedAt: 1 } as unknown as Run;
  store.commit({ run, closedUntil: 0, streams: [], tallies: [], verdictChanges: [], labels: [], samples: [], alerts });
}

type Said = Awaited<ReturnType<Sink['deliver']>>;
const delivered: Said = { delivered: true, retryable: false, detail: 'ok' };
const busy: Said = { delivered: false, retryable: true, detail: 'busy' };
const refused: Said = { delivered: false, retryable: false, detail: 'HTTP 400' };

interface FakeSink {
  readonly sink: Sink;
  /** What became of each alert. */
  readonly got: string[];
  readonly notifications: Notification[];
}

function createFakeSink(
  answer: (notification: Notification) => Said,
  { name = 'receiver', repeatEveryMs = 0 } = {},
): FakeSink {
  const got: string[] = [];
  const notifications: Notification[] = [];
  const deliver = async (notification: Notification): Promise<Said> => {
    const said = answer(notification);
    notifications.push(notification);
    for (const { key, status } of notification.alerts)
      got.push(`${key} ${status} ${said.delivered ? 'taken' : 'refused'}`);
    return said;
  };
  const repeats = repeatEveryMs === 0 ? {} : { repeatEveryMs };
  return { sink: { name, deliver, ...repeats, close: async () => {} }, got, notifications };
}

function deliveryOf(deps: Pick<DeliveryDeps, 'store' | 'clock'> & Partial<DeliveryDeps>) {
  return createAlertDelivery({
    ...presentation,
    log,
    sinks: [],
    active: () => [],
    pace: { waitMs: 0, gapMs: 0 },
    ...deps,
  });
}

/** As a comparator does: a look every 200 ms. */
async function run(clock: FakeClock, { deliverDue }: ReturnType<typeof deliveryOf>, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 200) {
    await deliverDue();
    await clock.advance(200);
  }
}

describe('delivery', () => {
  it('tries again with growing waits until the receiver takes it, and every try has the same key', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    const times: number[] = [];
    const startedMs = clock.nowMs();
    const { sink, notifications } = createFakeSink(() => {
      times.push(clock.nowMs() - startedMs);
      return times.length < 8 ? busy : delivered;
    });
    put(store, alertOf('a', 'firing'));
    await run(clock, deliveryOf({ store, sinks: [sink], clock }), 300_000);
    expect(times).toHaveLength(8);
    const waits = times.slice(1).map((time, index) => time - (times[index] as number));
    for (const [attempt, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(Math.min(60_000, 1000 * 2 ** attempt) / 2);
      expect(wait).toBeLessThanOrEqual(Math.min(60_000, 1000 * 2 ** attempt) + 200);
    }
    expect(new Set(notifications.map(({ key }) => key)).size).toBe(1);
    expect(store.undeliveredAlerts()).toBe(0);
  });

  it('waits at most a minute, and always whole milliseconds', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempts, jitter) => {
        const wait = retryDelayMs(attempts, jitter);
        expect(Number.isInteger(wait) && wait >= 500 && wait <= 60_000).toBe(true);
      }),
    );
  });

  it('gives up what the receiver will never take, and takes the next alert there', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    const { sink, got } = createFakeSink(({ alerts }) => (alerts[0]?.key === 'a' ? refused : delivered));
    put(store, alertOf('a', 'firing'));
    const delivery = deliveryOf({ store, sinks: [sink], clock });
    await run(clock, delivery, 60_000);
    put(store, alertOf('b', 'firing'));
    await run(clock, delivery, 60_000);
    expect(got).toEqual(['a firing refused', 'b firing taken']);
    expect(store.undeliveredAlerts()).toBe(0);
  });

  it('never lets a "resolved" overtake its "firing"', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    let isUp = false;
    const { sink, got } = createFakeSink(() => (isUp ? delivered : busy));
    put(store, alertOf('a', 'firing'), alertOf('a', 'resolved'), alertOf('b', 'firing'), alertOf('b', 'resolved'));
    const delivery = deliveryOf({ store, sinks: [sink], clock });
    await run(clock, delivery, 400);
    expect(got).toEqual(['a firing refused', 'b firing refused']);
    isUp = true;
    await run(clock, delivery, 4000);
    expect(got.slice(2)).toEqual(['a firing taken', 'b firing taken', 'a resolved taken', 'b resolved taken']);
  });

  it('drops the end of what never began', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    put(store, alertOf('a', 'resolved'));
    expect(store.undeliveredAlerts()).toBe(0);
    put(store, alertOf('a', 'firing', { severity: 'ticket' }));
    put(store, alertOf('a', 'resolved', { severity: 'page' }));
    const { sink, notifications } = createFakeSink(() => delivered);
    await run(clock, deliveryOf({ store, sinks: [sink], clock }), 400);
    // A receiver that knows alerts by their labels would not know it again.
    expect(notifications.map(({ alerts }) => alerts[0]?.labels)).toMatchObject([
      { severity: 'ticket' },
      { severity: 'ticket' },
    ]);
  });

  it('that is refused again and again keeps later alerts waiting for minutes, not for ever', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    const { sink, got } = createFakeSink(({ alerts }) => (alerts.some(({ key }) => key === 'a') ? busy : delivered));
    put(store, alertOf('a', 'firing'));
    const delivery = deliveryOf({ store, sinks: [sink], clock });
    await run(clock, delivery, 5000);
    put(store, alertOf('b', 'firing'));
    await run(clock, delivery, 240_000);
    expect(got.filter((one) => one.startsWith('b'))).toEqual(['b firing taken']);
    expect(store.undeliveredAlerts()).toBe(1);
  });

  it('tells every sink, each for itself: one that does not answer keeps no other waiting', async () => {
    const clock = createFakeClock();
    const store = openStore(clock, { sinks: ['silent', 'down', 'well'] });
    const silent: Sink = { name: 'silent', deliver: () => new Promise(() => {}), close: async () => {} };
    const down = createFakeSink(() => refused, { name: 'down' });
    const well = createFakeSink(() => delivered, { name: 'well' });
    put(store, alertOf('a', 'firing'));
    const delivery = deliveryOf({ store, sinks: [silent, down.sink, well.sink], clock });
    void delivery.deliverDue();
    await clock.advance(200);
    put(store, alertOf('b', 'firing'));
    void delivery.deliverDue();
    await clock.advance(200);
    expect(well.got).toEqual(['a firing taken', 'b firing taken']);
    expect(down.got).toEqual(['a firing refused', 'b firing refused']);
    expect(store.undeliveredAlerts()).toBe(2);
  });

  it('forgets alerts for a sink that the config no longer has', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    put(store, alertOf('a', 'firing'));
    await deliveryOf({ store, sinks: [], clock }).deliverDue();
    expect(store.undeliveredAlerts()).toBe(0);
  });

  it('survives a store that fails, and delivers again rather than not at all', async () => {
    const clock = createFakeClock();
    const opened = openStore(clock);
    let fails = true;
    const store: Store = {
      ...opened,
      settleAlerts: (ids, next) => {
        if (fails) throw new Error('the disk is full');
        opened.settleAlerts(ids, next);
      },
    };
    const { sink, got } = createFakeSink(() => delivered);
    put(store, alertOf('a', 'firing'));
    const delivery = deliveryOf({ store, sinks: [sink], clock });
    await expect(delivery.deliverDue()).resolves.toBeUndefined();
    expect(errors).toEqual(['the outbox could not be read or written']);
    fails = false;
    await delivery.deliverDue();
    expect(got).toEqual(['a firing taken', 'a firing taken']);
    expect(opened.undeliveredAlerts()).toBe(0);
  });

  it('goes on after a restart where it was', async () => {
    const clock = createFakeClock();
    const path = newPath();
    const before = openStore(clock, { path });
    put(before, alertOf('a', 'firing'));
    const first = createFakeSink(() => busy);
    await deliveryOf({ store: before, sinks: [first.sink], clock }).deliverDue();
    stores.splice(0);
    before.close();
    const after = openStore(clock, { path });
    const second = createFakeSink(() => delivered);
    const delivery = deliveryOf({ store: after, sinks: [second.sink], clock });
    await delivery.deliverDue();
    expect(second.got).toEqual([]);
    await clock.advance(1000);
    await delivery.deliverDue();
    expect(second.got).toEqual(['a firing taken']);
    expect(second.notifications[0]?.key).toBe(first.notifications[0]?.key);
  });

  it('reaches a real receiver that flaps between errors, resets and rest, with every change of every key in order', async () => {
    const got: string[] = [];
    let tries = 0;
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      tries += 1;
      if (tries % 3 === 1) return void response.writeHead(500).end();
      if (tries % 3 === 2) return void response.socket?.resetAndDestroy();
      for (const { key, status } of (JSON.parse(body) as Notification).alerts) got.push(`${key} ${status}`);
      response.writeHead(200).end('thanks');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sink = webhook.create({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, headers: {} });
    // Waits are skipped by a clock that runs a minute ahead with every look.
    let aheadMs = 0;
    const clock: Clock = {
      ...systemClock,
      nowMs: () => systemClock.nowMs() + aheadMs,
      monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    };
    const store = openStore(clock, { sinks: [sink.name] });
    for (const key of ['a', 'b', 'c']) put(store, alertOf(key, 'firing'), alertOf(key, 'resolved'));
    const delivery = deliveryOf({ store, sinks: [sink], clock });
    for (let n = 0; n < 30 && store.undeliveredAlerts() > 0; n++) {
      await delivery.deliverDue();
      aheadMs += 60_000;
    }
    expect(got).toEqual(['a firing', 'b firing', 'c firing', 'a resolved', 'b resolved', 'c resolved']);
    expect(tries).toBe(6);
  });
});

describe('many alerts at once', () => {
  const pace = { waitMs: 1000, gapMs: 10_000 };

  it('are at most three notifications per sink, whether they come in one moment or in ten seconds, and none is lost', async () => {
    for (const everyMs of [0, 50]) {
      const clock = createFakeClock();
      const store = openStore(clock, { sinks: ['one', 'other'] });
      const one = createFakeSink(() => delivered, { name: 'one' });
      const other = createFakeSink(() => delivered, { name: 'other' });
      const delivery = deliveryOf({ store, sinks: [one.sink, other.sink], clock, pace });
      for (let n = 0; n < 200; n++) {
        put(store, alertOf(`cause ${n}`, 'firing', { experiment: `e${n}` }));
        if (everyMs > 0) await clock.advance(everyMs);
        if (everyMs > 0 && n % 4 === 0) await delivery.deliverDue();
      }
      await run(clock, delivery, 60_000);
      for (const { got, notifications } of [one, other]) {
        expect(notifications.length).toBeLessThanOrEqual(3);
        expect(new Set(got).size).toBe(200);
        expect(got).toHaveLength(200);
      }
    }
  });

  it('wait a second for what comes with them, and no longer', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    const { sink, notifications } = createFakeSink(() => delivered);
    const delivery = deliveryOf({ store, sinks: [sink], clock, pace });
    put(store, alertOf('a', 'firing'));
    await run(clock, delivery, 800);
    put(store, alertOf('b', 'firing'));
    expect(notifications).toHaveLength(0);
    await run(clock, delivery, 600);
    expect(notifications.map(({ alerts }) => alerts.length)).toEqual([2]);
  });
});

describe('what something else explains', () => {
  const arm = (status: Alert['status'], key = 'e/arm') => alertOf(key, status);
  const control = (status: Alert['status']) => alertOf('e/twin', status, { cause: 'control', arm: 'twin' });
  const watch = (status: Alert['status']) =>
    alertOf('watch/late/collapse', status, { cause: 'production', experiment: 'watch', arm: null });

  function watching() {
    const clock = createFakeClock();
    const store = openStore(clock);
    const sink = createFakeSink(() => delivered);
    const delivery = deliveryOf({ store, sinks: [sink.sink], clock });
    const say = async (...alerts: Alert[]): Promise<void> => {
      put(store, ...alerts);
      await run(clock, delivery, 600);
    };
    return { store, say, got: sink.got };
  }

  it('is held back while the control fires, and said when it still fires afterwards', async () => {
    const { store, say, got } = watching();
    await say(arm('firing'), control('firing'));
    await say(alertOf('other/arm', 'firing', { experiment: 'other' }));
    expect(got).toEqual(['e/twin firing taken', 'other/arm firing taken']);
    // It waits on purpose: nobody need be told that alerts do not arrive.
    expect(store.undeliveredAlerts()).toBe(0);
    await say(control('resolved'));
    expect(got.slice(2)).toEqual(['e/arm firing taken', 'e/twin resolved taken']);
    await say(arm('resolved'));
    expect(got.slice(4)).toEqual(['e/arm resolved taken']);
  });

  it('is never said when it is over by then, even when both end in one moment', async () => {
    const { say, got } = watching();
    await say(control('firing'), arm('firing'), arm('firing', 'e/second'));
    await say(arm('resolved'));
    await say(control('resolved'), arm('resolved', 'e/second'));
    await say(arm('firing'));
    expect(got).toEqual(['e/twin firing taken', 'e/twin resolved taken', 'e/arm firing taken']);
  });

  it('holds for controls and arms alike while production itself has changed', async () => {
    const { say, got } = watching();
    await say(watch('firing'), control('firing'), arm('firing'));
    await say(alertOf('e/run', 'firing', { cause: 'run', hypothesis: null }));
    expect(got).toEqual(['watch/late/collapse firing taken', 'e/run firing taken']);
    await say(watch('resolved'));
    expect(got.slice(2)).toEqual(['e/twin firing taken', 'watch/late/collapse resolved taken']);
  });

  it('is resolved where it had been said before', async () => {
    const { say, got } = watching();
    await say(arm('firing'));
    await say(control('firing'));
    await say(arm('resolved'));
    expect(got).toEqual(['e/arm firing taken', 'e/twin firing taken', 'e/arm resolved taken']);
  });

  it('never holds back the check of the alarm itself', async () => {
    const { say, got } = watching();
    await say(watch('firing'), alertOf('drill/planted', 'firing', { experiment: 'drill' }));
    expect(got).toContain('drill/planted firing taken');
  });

  it('stays held back over a restart', async () => {
    const clock = createFakeClock();
    const path = newPath();
    const before = openStore(clock, { path });
    put(before, control('firing'), arm('firing'));
    const first = createFakeSink(() => delivered);
    await run(clock, deliveryOf({ store: before, sinks: [first.sink], clock }), 400);
    stores.splice(0);
    before.close();
    const after = openStore(clock, { path });
    put(after, control('resolved'), arm('resolved'));
    await run(clock, deliveryOf({ store: after, sinks: [first.sink], clock }), 400);
    expect(first.got).toEqual(['e/twin firing taken', 'e/twin resolved taken']);
  });

  it('is told to a sink that inhibits by itself, and told again every minute while it fires', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    let isUp = true;
    const { sink, got } = createFakeSink(() => (isUp ? delivered : busy), { repeatEveryMs: 60_000 });
    const delivery = deliveryOf({ store, sinks: [sink], clock });
    put(store, arm('firing'), control('firing'));
    await run(clock, delivery, 1000);
    expect(got.slice(0, 2)).toEqual(['e/arm firing taken', 'e/twin firing taken']);
    got.length = 0;
    await run(clock, delivery, 180_000);
    expect(got.filter((one) => one === 'e/arm firing taken')).toHaveLength(3);
    isUp = false;
    await run(clock, delivery, 60_000);
    isUp = true;
    got.length = 0;
    await run(clock, delivery, 12_000);
    expect(got).toContain('e/twin firing taken');
    put(store, arm('resolved'), control('resolved'));
    await run(clock, delivery, 1000);
    got.length = 0;
    await run(clock, delivery, 180_000);
    expect(got).toEqual([]);
  });
});

describe('the alert of an abort', () => {
  const abort = alertOf('e/run', 'firing', { cause: 'run', severity: 'ticket', hypothesis: null });
  const runOf = (id: string, scoringSince: number | null) => ({ id, experiment: 'e', scoringSince }) as unknown as Run;

  it('resolves when the next run of the experiment scores', async () => {
    const clock = createFakeClock(someAlert.at);
    const store = openStore(clock);
    const { sink, notifications } = createFakeSink(() => delivered);
    let active: Run[] = [];
    const delivery = deliveryOf({ store, sinks: [sink], clock, active: () => active });
    put(store, abort);
    await run(clock, delivery, 1000);
    active = [runOf('r2', null), { ...runOf('r3', 1), experiment: 'other' }];
    await run(clock, delivery, 1000);
    expect(notifications).toHaveLength(1);
    active = [runOf('r2', 1)];
    await run(clock, delivery, 1000);
    expect(notifications).toHaveLength(2);
    expect(notifications[1]?.alerts).toMatchObject([{ key: 'e/run', status: 'resolved', severity: 'ticket' }]);
    expect(store.firingAlerts()).toEqual([]);
  });

  it('resolves after an hour', async () => {
    const clock = createFakeClock(someAlert.at);
    const store = openStore(clock);
    const { sink, got } = createFakeSink(() => delivered);
    const delivery = deliveryOf({ store, sinks: [sink], clock });
    put(store, abort);
    await run(clock, delivery, 1000);
    await clock.advance(59 * 60_000);
    await run(clock, delivery, 1000);
    expect(got).toEqual(['e/run firing taken']);
    await clock.advance(60_000);
    await run(clock, delivery, 1000);
    expect(got).toEqual(['e/run firing taken', 'e/run resolved taken']);
  });
});
