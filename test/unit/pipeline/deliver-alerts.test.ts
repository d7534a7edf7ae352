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
import type { Alert, Run } from '../../../src/model.ts';
import { createAlertDelivery, retryDelayMs } from '../../../src/pipeline/deliver-alerts.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

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

function alertOf(key: string, status: Alert['status'], at = 1): Alert {
  return { key, status, experiment: 'e', run: 'r', arm: null, hypothesis: null, summary: 's', at };
}

function put(store: Store, ...alerts: Alert[]): void {
  const run = { id: 'r', experiment: 'e', state: 'RUNNING', startedAt: 1 } as unknown as Run;
  store.commit({ run, closedUntil: 0, streams: [], tallies: [], verdictChanges: [], labels: [], samples: [], alerts });
}

type Said = Awaited<ReturnType<Sink['deliver']>>;
const delivered: Said = { delivered: true, retryable: false, detail: 'ok' };
const busy: Said = { delivered: false, retryable: true, detail: 'busy' };
const refused: Said = { delivered: false, retryable: false, detail: 'HTTP 400' };

function createFakeSink(answer: (alert: Alert) => Said, name = 'receiver'): { sink: Sink; got: string[] } {
  const got: string[] = [];
  const deliver = async (alert: Alert): Promise<Said> => {
    const said = answer(alert);
    got.push(`${alert.key} ${alert.status} ${said.delivered ? 'taken' : 'refused'}`);
    return said;
  };
  return { sink: { name, deliver, close: async () => {} }, got };
}

describe('delivery', () => {
  it('tries again with growing waits until the receiver takes it', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    const times: number[] = [];
    const startedMs = clock.nowMs();
    const { sink } = createFakeSink(() => {
      times.push(clock.nowMs() - startedMs);
      return times.length < 8 ? busy : delivered;
    });
    put(store, alertOf('a', 'firing'));
    const delivery = createAlertDelivery({ store, sinks: [sink], clock, log });
    for (let ms = 0; ms < 300_000; ms += 200) {
      await delivery.deliverDue();
      await clock.advance(200);
    }
    expect(times).toHaveLength(8);
    const waits = times.slice(1).map((time, index) => time - (times[index] as number));
    for (const [attempt, wait] of waits.entries()) {
      expect(wait).toBeGreaterThanOrEqual(Math.min(60_000, 1000 * 2 ** attempt) / 2);
      expect(wait).toBeLessThanOrEqual(Math.min(60_000, 1000 * 2 ** attempt) + 200);
    }
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

  it('gives up what the receiver will never take', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    const { sink, got } = createFakeSink(() => refused);
    put(store, alertOf('a', 'firing'));
    const delivery = createAlertDelivery({ store, sinks: [sink], clock, log });
    for (let n = 0; n < 5; n++) {
      await delivery.deliverDue();
      await clock.advance(60_000);
    }
    expect(got).toHaveLength(1);
    expect(store.undeliveredAlerts()).toBe(0);
  });

  it('never lets a "resolved" overtake its "firing", and keeps no other key waiting', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    let isUp = false;
    const { sink, got } = createFakeSink(({ key }) => (key === 'b' || isUp ? delivered : busy));
    put(store, alertOf('a', 'firing'), alertOf('a', 'resolved'), alertOf('b', 'firing'), alertOf('b', 'resolved'));
    const delivery = createAlertDelivery({ store, sinks: [sink], clock, log });
    await delivery.deliverDue();
    await delivery.deliverDue();
    expect(got).toEqual(['a firing refused', 'b firing taken', 'b resolved taken']);
    isUp = true;
    for (let n = 0; n < 20; n++) {
      await clock.advance(200);
      await delivery.deliverDue();
    }
    expect(got.slice(3)).toEqual(['a firing taken', 'a resolved taken']);
  });

  it('tells every sink, each for itself', async () => {
    const clock = createFakeClock();
    const store = openStore(clock, { sinks: ['one', 'other'] });
    const one = createFakeSink(() => busy, 'one');
    const other = createFakeSink(() => delivered, 'other');
    put(store, alertOf('a', 'firing'));
    await createAlertDelivery({ store, sinks: [one.sink, other.sink], clock, log }).deliverDue();
    expect([one.got, other.got]).toEqual([['a firing refused'], ['a firing taken']]);
    expect(store.undeliveredAlerts()).toBe(1);
  });

  it('forgets alerts for a sink that the config no longer has', async () => {
    const clock = createFakeClock();
    const store = openStore(clock);
    put(store, alertOf('a', 'firing'));
    await createAlertDelivery({ store, sinks: [], clock, log }).deliverDue();
    expect(store.undeliveredAlerts()).toBe(0);
  });

  it('survives a store that fails, and delivers again rather than not at all', async () => {
    const clock = createFakeClock();
    const opened = openStore(clock);
    let fails = true;
    const store: Store = {
      ...opened,
      settleAlert: (id, next) => {
        if (fails) throw new Error('the disk is full');
        opened.settleAlert(id, next);
      },
    };
    const { sink, got } = createFakeSink(() => delivered);
    put(store, alertOf('a', 'firing'));
    const delivery = createAlertDelivery({ store, sinks: [sink], clock, log });
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
    put(before, alertOf('a', 'firing'), alertOf('b', 'firing'));
    const first = createFakeSink(({ key }) => (key === 'a' ? delivered : busy));
    await createAlertDelivery({ store: before, sinks: [first.sink], clock, log }).deliverDue();
    stores.splice(0);
    before.close();
    const after = openStore(clock, { path });
    const second = createFakeSink(() => delivered);
    const delivery = createAlertDelivery({ store: after, sinks: [second.sink], clock, log });
    await delivery.deliverDue();
    expect(second.got).toEqual([]);
    await clock.advance(1000);
    await delivery.deliverDue();
    expect(second.got).toEqual(['b firing taken']);
  });

  it('reaches a real receiver that flaps between errors, resets and rest', async () => {
    const got: string[] = [];
    let tries = 0;
    const server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      tries += 1;
      if (tries % 3 === 1) return void response.writeHead(500).end();
      if (tries % 3 === 2) return void response.socket?.resetAndDestroy();
      got.push((JSON.parse(body) as Alert).key);
      response.writeHead(200).end('thanks');
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const sink = webhook.create({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, headers: {} });
    // Waits are skipped by a clock that runs a minute ahead with every look.
    let nowMs = systemClock.nowMs();
    const clock: Clock = { ...systemClock, nowMs: () => nowMs };
    const store = openStore(clock, { sinks: [sink.name] });
    put(store, alertOf('a', 'firing'), alertOf('b', 'firing'), alertOf('c', 'firing'));
    const delivery = createAlertDelivery({ store, sinks: [sink], clock, log });
    for (let n = 0; n < 30 && store.undeliveredAlerts() > 0; n++) {
      await delivery.deliverDue();
      nowMs += 60_000;
    }
    expect(got.toSorted()).toEqual(['a', 'b', 'c']);
    expect(store.undeliveredAlerts()).toBe(0);
  });
});
