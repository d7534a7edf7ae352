// Watches on production: no shadow needed. An incident after a long good stretch raises REGRESSED and clears; nothing is lost at a restart.
import { Value } from 'typebox/value';
import { afterEach, describe, expect, it } from 'vitest';
import { createApi } from '../../src/api/server.ts';
import { watchesAnswer } from '../../src/api/watches.ts';
import type { WatchView } from '../../src/pipeline/view-types.ts';
import {
  createComparatorForTest,
  type Delivery,
  type TestComparator,
  type TestComparatorOptions,
} from '../support/comparator.ts';
import { parseSamples } from '../support/exposition.ts';

const running: TestComparator[] = [];
const watch = `{grace: 1s, inputs: {allZero: at most 0.1%, missing: at most 1%, rowMismatch: at most 0.1%}, late: {lowConfidence: {bar: 0.6, share: at most 10%}, defaultMatch: {value: 0.07, share: at most 1%}, collapse: at most 5%}}`;
const allZero = 'inputs.allZero';

const standard: TestComparatorOptions & { readonly top: Readonly<Record<string, string>> } = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 2%' },
  settings: { start: 'on request' },
  top: { bucket: '1s', watch, alerts: '[{webhook: "http://127.0.0.1:9"}]' },
};

async function start(options: Partial<TestComparatorOptions> = {}): Promise<TestComparator> {
  const t = await createComparatorForTest({ ...standard, ...options, top: { ...standard.top, ...options.top } });
  running.push(t);
  return t;
}

/** 50 requests in every bucket until then, no two alike; `of` says what is special about some. */
async function traffic(
  t: TestComparator,
  { from, until }: { from: number; until: number },
  of: (request: number) => Partial<Delivery> = () => ({}),
): Promise<void> {
  for (let second = from; second < until; second += 1) {
    await t.at(second);
    for (let request = 0; request < 50; request++) {
      const score = 0.9 + ((second * 50 + request) % 997) / 10_000;
      t.deliver({ id: `${second}-${request}`, feature: 1 + second + request / 50, score, ...of(request) });
    }
  }
  await t.at(until + 2);
}

function view(t: TestComparator, id: string): WatchView {
  return t.app.comparator.watches().watches.find((one) => one.id === id) as WatchView;
}

const alerts = (t: TestComparator, key: string) =>
  t.store
    .dueAlerts(Number.MAX_SAFE_INTEGER)
    .map(({ alert }) => alert)
    .filter((alert) => alert.key === key);

afterEach(async () => {
  for (const t of running.splice(0)) {
    expect(t.errors).toEqual([]);
    await t.stop();
  }
});

describe('a watch on production', () => {
  it('is quiet for a long good stretch, REGRESSED two buckets into an incident, and clears by itself', async () => {
    const t = await start();
    await traffic(t, { from: 0, until: 150 });
    for (const one of t.app.comparator.watches().watches)
      expect(one).toMatchObject({ status: 'QUIET', n: 7500 - Number(one.kind === 'collapse') });
    await traffic(t, { from: 152, until: 154 }, (request) => (request % 10 === 0 ? { feature: 0 } : {}));
    expect(view(t, allZero)).toMatchObject({ status: 'REGRESSED', recent: { n: 100, hits: 10 } });
    expect(view(t, allZero).regressedSince).toBe(t.clock.nowMs() - 4000);
    expect(view(t, allZero).sentence).toMatch(
      /^all-zero rate 10 % \[.*\] of the last 100 requests, since it probably began/,
    );
    expect(view(t, 'late.lowConfidence').status).toBe('QUIET');
    await traffic(t, { from: 156, until: 300 });
    expect(view(t, allZero)).toMatchObject({ status: 'QUIET', regressedSince: null });
    const [firing] = alerts(t, 'watch/inputs/allZero');
    expect(firing).toMatchObject({ status: 'firing', experiment: 'watch', hypothesis: allZero });
    expect(firing?.summary).toMatch(/it probably began at 2\d{3}-/);
  });

  it('says REGRESSED of a service that was bad from the first request on', async () => {
    const t = await start();
    await traffic(t, { from: 0, until: 4 }, () => ({ score: 0.55 }));
    expect(view(t, 'late.lowConfidence')).toMatchObject({ status: 'REGRESSED', n: 200, hits: 200 });
    expect(view(t, 'late.collapse')).toMatchObject({ status: 'REGRESSED', n: 199 });
    expect(view(t, allZero).status).toBe('QUIET');
  });

  it('fires and resolves under one key, in one transaction with the state', async () => {
    const said: string[] = [];
    const t = await start({
      wrapStore: (store) => ({
        ...store,
        commitWatches: (closing) => {
          const states = closing.watches.map(({ state }) => (state as { isRegressed: boolean }).isRegressed);
          for (const { key, status } of closing.alerts) said.push(`${status} ${key} ${states.includes(true)}`);
          store.commitWatches(closing);
        },
      }),
    });
    const answersNothing = () => ({ score: 0.07 });
    await traffic(t, { from: 0, until: 60 });
    await traffic(t, { from: 62, until: 64 }, answersNothing);
    await traffic(t, { from: 66, until: 110 });
    const key = 'watch/late/defaultMatch';
    expect(said.filter((line) => line.includes(key))).toEqual([`firing ${key} true`, `resolved ${key} false`]);
  });

  it('goes on exactly where it was after a crash, and an orderly stop keeps the open bucket too', async () => {
    const incident = (request: number): Partial<Delivery> => (request % 20 === 0 ? { feature: 0, score: 0.55 } : {});
    const tell = async (between: (t: TestComparator) => Promise<TestComparator>): Promise<unknown> => {
      let t = await start();
      await traffic(t, { from: 0, until: 40 });
      t = await between(t);
      await traffic(t, { from: 44, until: 50 }, incident);
      return t.app.comparator.watches();
    };
    const unbroken = await tell(async (t) => {
      t.deliver({ id: 'open', feature: 5, score: 0.91 });
      await t.at(43);
      return t;
    });
    const replace = (t: TestComparator, next: TestComparator): TestComparator => {
      running.splice(running.indexOf(t), 1, next);
      return next;
    };
    const crashed = await tell(async (t) => {
      const next = replace(t, await t.crash());
      next.deliver({ id: 'open', feature: 5, score: 0.91 });
      await next.at(43);
      return next;
    });
    const stopped = await tell(async (t) => {
      t.deliver({ id: 'open', feature: 5, score: 0.91 });
      await t.stop();
      const from = { directory: t.directory, nowMs: t.clock.nowMs() + 800, asked: t.asked };
      const next = replace(t, await createComparatorForTest({ ...standard, from }));
      await next.at(43);
      return next;
    });
    expect(crashed).toEqual(unbroken);
    expect(stopped).toEqual(unbroken);
  });

  it('counts every request, also what runs leave out: duplicates, slow and failed answers, batches', async () => {
    const t = await start();
    await t.at(0);
    t.deliver({ id: 'once', feature: 3 });
    t.deliver({ id: 'again', feature: 3 });
    t.deliver({ id: 'slow', feature: 4, latencyMs: 900 });
    t.deliver({ id: 'failed', feature: 5, status: 503 });
    t.deliver({ id: 'batch', feature: 6, rows: 7 });
    t.deliver({ id: 'shadow', feature: 6, headers: { 'x-shadow': '1' } });
    await t.at(4);
    expect(view(t, allZero)).toMatchObject({ seen: 5, looked: 5, n: 5, hits: 0 });
    expect(view(t, 'late.lowConfidence')).toMatchObject({ seen: 5, n: 4 });
    expect(view(t, 'inputs.rowMismatch')).toMatchObject({ seen: 5, n: 4, hits: 0 });
  });

  it('counts what comes after its bucket closed as late, and nowhere else', async () => {
    const t = await start();
    await traffic(t, { from: 0, until: 3 });
    t.deliver({ id: 'late', at: 1 });
    await t.at(8);
    expect(t.app.comparator.watches()).toMatchObject({ late: 1, failed: 0 });
    expect(view(t, allZero).seen).toBe(150);
  });

  it('says NO_DATA, never that all is well, of features that are not in the messages', async () => {
    const inputs = '[{name: speed, at: "f[0]"}, {name: elsewhere, at: "stored[0]", default: 1}]';
    const hidden = '{features: elsewhere, share: at most 1%}';
    const t = await start({
      top: { inputs, watch: `{grace: 1s, inputs: {allZero: ${hidden}, missing: ${hidden}, allDefault: at most 1%}}` },
    });
    expect(view(t, allZero)).toMatchObject({ status: 'NO_DATA', seen: 0 });
    await traffic(t, { from: 0, until: 2 });
    const { watches } = t.app.comparator.watches();
    expect(watches.map(({ status }) => status)).toEqual(['NO_DATA', 'NO_DATA', 'NO_DATA']);
    expect(watches[0]?.sentence).toBe(
      'no data: none of the 100 requests so far could be judged: they hold none of the features as a number',
    );
  });

  it('learns a distribution from its window, freezes it, and finds the place where the answers moved', async () => {
    const t = await start({
      top: { watch: '{grace: 1s, late: {distribution: {learn: 1000 requests, share: at most 10%}}}' },
    });
    const spread = (request: number) => ({ score: ((request * 37) % 50) / 50 });
    await traffic(t, { from: 0, until: 10 }, spread);
    expect(view(t, 'late.distribution')).toMatchObject({ status: 'LEARNING', n: 0, learned: { done: 500, of: 1000 } });
    await traffic(t, { from: 12, until: 60 }, spread);
    expect(view(t, 'late.distribution')).toMatchObject({ status: 'QUIET', n: 1900 });
    await traffic(t, { from: 62, until: 72 }, (request) => ({ score: 0.5 + ((request * 37) % 50) / 100 }));
    expect(view(t, 'late.distribution').status).toBe('REGRESSED');
    expect(view(t, 'late.distribution').sentence).toMatch(/^share of answers above 0\.\d+: \d+/);
  });

  it('keeps what it closed when the store fails, and commits it with the next tick', async () => {
    let isFull = false;
    const t = await start({
      wrapStore: (store) => ({
        ...store,
        commitWatches: (closing) => {
          if (isFull) throw new Error('the disk is full');
          store.commitWatches(closing);
        },
      }),
    });
    isFull = true;
    await traffic(t, { from: 0, until: 3 }, () => ({ feature: 0 }));
    expect(alerts(t, 'watch/inputs/allZero')).toEqual([]);
    expect(t.errors.splice(0)[0]?.message).toBe('closing the buckets of the watches failed');
    isFull = false;
    await t.at(6);
    expect(alerts(t, 'watch/inputs/allZero')).toHaveLength(1);
    expect(view(t, allZero)).toMatchObject({ n: 150, hits: 150 });
  });

  it('ends an alarm about a watch that the config no longer names, or defines otherwise', async () => {
    for (const next of ['', `{grace: 1s, inputs: {allZero: at most 5%}}`]) {
      const t = await start();
      await traffic(t, { from: 0, until: 3 }, () => ({ feature: 0 }));
      expect(view(t, allZero).status).toBe('REGRESSED');
      const { watch: _, ...top } = standard.top;
      const changed = await t.crash({ top: next === '' ? top : { ...top, watch: next } });
      running.splice(running.indexOf(t), 1, changed);
      await changed.clock.advanceTo(changed.clock.nowMs() + 1000);
      const all = changed.store.dueAlerts(Number.MAX_SAFE_INTEGER).map(({ alert }) => alert);
      const left = all.filter(({ key }) => key === 'watch/inputs/allZero').map(({ status }) => status);
      expect(left).toEqual(['firing']);
      changed.store.settleAlerts([changed.store.dueAlerts(Number.MAX_SAFE_INTEGER)[0]?.id ?? 0], {
        delivered: true,
        retryAtMs: null,
        detail: '',
      });
      expect(alerts(changed, 'watch/inputs/allZero').at(-1)?.status).toBe('resolved');
      expect(changed.app.comparator.watches().watches.map(({ status }) => status)).toEqual(
        next === '' ? [] : ['NO_DATA'],
      );
    }
  });

  it('is shown by the API and in the metrics', async () => {
    const t = await start();
    await traffic(t, { from: 0, until: 2 }, () => ({ feature: 0 }));
    const { comparator } = t.app;
    const log = {
      child: () => log,
      info() {},
      error() {},
      warn() {},
      debug() {},
      fatal() {},
      trace() {},
      level: 'silent',
    };
    const api = await createApi({ comparator, token: null, version: 'test', log: log as never });
    const answer = await api.inject({ url: '/v1/watches', headers: { host: '127.0.0.1' } });
    expect(answer.statusCode).toBe(200);
    expect([...Value.Errors(watchesAnswer, answer.json())]).toEqual([]);
    expect(answer.json()).toEqual(JSON.parse(JSON.stringify(comparator.watches())));
    const samples = parseSamples((await comparator.metrics()).text);
    expect(samples.get('penumbra_watch_state{watch="inputs.allZero",notify="page",state="REGRESSED"}')).toBe(1);
    expect(samples.get('penumbra_watch_rate{watch="inputs.allZero"}')).toBe(1);
    expect(samples.get('penumbra_watch_late')).toBe(0);
    await api.close();
  });
});
