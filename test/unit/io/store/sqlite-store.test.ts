// The store keeps what it acknowledged, whole, once, over kills and torn files.
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../../src/io/store/open-database.ts';
import { createSqliteStore } from '../../../../src/io/store/sqlite-store.ts';
import type { Closing, Sample, Store } from '../../../../src/io/store-port.ts';
import type { Alert, Run, Stream } from '../../../../src/model.ts';
import { createFakeClock, type FakeClock } from '../../../support/fake-clock.ts';
import { compileEntry, runAndKill } from '../../../support/run-and-kill.ts';

const stores: Store[] = [];
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'penumbra-test-'));

function open(path = join(newFolder(), 'penumbra.db'), clock: FakeClock = createFakeClock()): Store {
  const store = createSqliteStore({ path, clock, sinks: ['receiver'], maxSamplesPerArm: 3 });
  stores.push(store);
  return store;
}

afterEach(() => {
  for (const store of stores.splice(0)) store.close();
});

const run = { id: 'r', experiment: 'e', state: 'RUNNING', startedAt: 1 } as Run;

function closing(changes: Partial<Closing> = {}): Closing {
  const nothing = { streams: [], tallies: [], verdictChanges: [], labels: [], samples: [], alerts: [] };
  return { run, closedUntil: 0, ...nothing, ...changes };
}

const labels = (exchangeId: string, at = 1) => ({ runId: 'r', exchangeId, at, production: { late: 'true' }, arms: {} });
const admission = (exchangeId: string, bucketAt: number | null = 0) => ({ runId: 'r', exchangeId, bucketAt });
const sample = (arm: string, at = 1): Sample => ({
  runId: 'r',
  arm,
  exchangeId: 'x',
  at,
  what: '',
  features: {},
  production: {},
  answer: {},
});

describe('the journal', () => {
  it('knows an id once per run, also within one batch', () => {
    const store = open();
    expect(store.admit([admission('a'), admission('b'), admission('a')])).toEqual(new Set([2]));
    expect(store.admit([admission('c'), admission('b')])).toEqual(new Set([1]));
    expect(store.admit([{ ...admission('a'), runId: 'other' }])).toEqual(new Set());
  });

  it('tells what is in flight: scored, not committed, not given up', () => {
    const store = open();
    store.saveRun(run);
    store.admit([admission('warm-up', null), admission('early', 0), admission('late', 10)]);
    expect(store.journalled('r')).toEqual({ scored: 2, uncommitted: 2 });
    expect(['warm-up', 'early', 'late', 'nobody'].map(store.isInFlight)).toEqual([false, true, true, false]);
    store.commit(closing({ closedUntil: 10 }));
    expect(store.journalled('r')).toEqual({ scored: 2, uncommitted: 1 });
    expect(['early', 'late'].map(store.isInFlight)).toEqual([false, true]);
    store.commit(closing({ closedUntil: 10 }), { dropsUncommitted: true });
    expect(store.journalled('r')).toEqual({ scored: 2, uncommitted: 0 });
    expect(store.isInFlight('late')).toBe(false);
  });

  it('of a run that was never committed counts from the beginning', () => {
    const store = open();
    store.admit([admission('a', 0)]);
    expect(store.journalled('r')).toEqual({ scored: 1, uncommitted: 1 });
  });
});

describe('a commit', () => {
  it('is whole or not at all', () => {
    const store = open();
    store.commit(closing({ streams: [{ id: 's', run: 'r', counts: [1] } as unknown as Stream], closedUntil: 5 }));
    const broken = closing({
      closedUntil: 10,
      streams: [{ id: 's', run: 'r', counts: [2] } as unknown as Stream],
      labels: [labels('a'), { ...labels('b'), at: 0.5 }],
      alerts: [{ key: 'k' } as Alert],
    });
    expect(() => store.commit(broken)).toThrow(/REAL value in INTEGER/);
    expect(store.streams('r')).toMatchObject([{ counts: [1] }]);
    expect(store.labelsOf('a')).toEqual([]);
    expect(store.undeliveredAlerts()).toBe(0);
    expect(store.run('r')?.closedUntil).toBe(5);
  });

  it('never moves a run’s closed buckets back', () => {
    const store = open();
    store.commit(closing({ closedUntil: 20 }));
    store.saveRun({ ...run, state: 'STOPPED' });
    expect(store.run('r')).toMatchObject({ closedUntil: 20, run: { state: 'STOPPED' } });
    store.commit(closing({ closedUntil: Number.MAX_SAFE_INTEGER }));
    expect(store.run('r')?.closedUntil).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('keeps the first few samples of each arm', () => {
    const store = open();
    store.commit(closing({ samples: [1, 2].map((at) => sample('a', at)) }));
    store.commit(closing({ samples: [...[3, 4, 5].map((at) => sample('a', at)), sample('b', 9)] }));
    expect(store.samples('r', null).map(({ arm, at }) => `${arm}${at}`)).toEqual(['a1', 'a2', 'a3', 'b9']);
    expect(store.samples('r', 'b')).toHaveLength(1);
    expect(store.samples('other', null)).toEqual([]);
  });
});

describe('true outcomes', () => {
  it('are new once, then the same or a conflict, for each decision by itself', () => {
    const store = open();
    const outcome = { exchangeId: 'a', decision: 'late', label: 'true', arrivedAt: 5 };
    expect(store.saveOutcomes([outcome])).toEqual(['new']);
    expect(store.saveOutcomes([{ ...outcome, arrivedAt: 9 }])).toEqual(['same']);
    expect(store.saveOutcomes([{ ...outcome, label: 'false' }])).toEqual(['conflict']);
    expect(store.saveOutcomes([{ ...outcome, decision: 'other', label: 'x', arrivedAt: 7 }])).toEqual(['new']);
    expect(store.outcomesSince(5).map(({ arrivedAt }) => arrivedAt)).toEqual([5, 7]);
    expect(store.outcomesSince(6)).toHaveLength(1);
  });
});

describe('pruning', () => {
  it('deletes what is old and only that, a bounded number of rows at a time', async () => {
    const clock = createFakeClock(1000);
    const store = open(undefined, clock);
    const many = Array.from({ length: 6000 }, (_, n) => `old-${n}`);
    store.admit(many.map((id) => admission(id)));
    store.commit(closing({ labels: many.map((id) => labels(id, 1000)), samples: [sample('a', 1000)] }));
    await clock.advance(1000);
    store.admit([admission('new')]);
    store.commit(closing({ labels: [labels('new', 2000)], samples: [sample('a', 2000)] }));
    const limits = { admissionsAndLabelsAt: 1500, samplesAt: 1500 };
    expect(store.prune(limits)).toBe(true);
    expect(store.journalled('r').scored).toBe(1001);
    expect(store.prune(limits)).toBe(false);
    expect(store.journalled('r').scored).toBe(1);
    expect(store.labelsOf('old-0')).toEqual([]);
    expect(store.labelsOf('new')).toHaveLength(1);
    expect(store.samples('r', null).map(({ at }) => at)).toEqual([2000]);
  });

  it('keeps alerts until they are settled', () => {
    const store = open(undefined, createFakeClock(1000));
    store.commit(closing({ alerts: [{ key: 'a' }, { key: 'b' }] as Alert[] }));
    const [first] = store.dueAlerts(1000);
    store.settleAlerts([first?.id ?? 0], { delivered: true, retryAtMs: null, detail: '' });
    store.prune({ admissionsAndLabelsAt: 5000, samplesAt: 5000 });
    expect(store.dueAlerts(5000).map(({ alert }) => alert.key)).toEqual(['b']);
  });
});

it('loses nothing that it acknowledged and doubles nothing, over 30 SIGKILLs', async () => {
  const path = join(newFolder(), 'penumbra.db');
  const entry = compileEntry('killable-store');
  const said = { admitted: new Set<string>(), committed: new Set<string>() };
  for (let kill = 0; kill < 30; kill++) {
    const { lines, errors } = await runAndKill(entry, [path, `p${kill}`], 40);
    expect(errors).toBe('');
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const [what, ...ids] = line.split(' ');
      for (const id of ids.filter((one) => one !== '')) said[what as keyof typeof said].add(id);
    }
  }
  const store = open(path);
  const ids = [...said.admitted];
  expect(store.admit(ids.map((id) => admission(id))).size).toBe(ids.length);
  for (const id of said.committed) expect(store.labelsOf(id), id).toHaveLength(1);
  const counted = store.streams('r')[0]?.counts[0];
  stores.splice(0);
  store.close();
  const database = openDatabase(path);
  expect(database.prepare('SELECT count(*) FROM pair_label').pluck().get()).toBe(counted);
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
  expect(said.committed.size).toBeGreaterThan(30);
});

it('comes back from a torn or flipped journal with a prefix of what was committed, never with anything else', () => {
  const folder = newFolder();
  const path = join(folder, 'penumbra.db');
  const store = open(path);
  for (let n = 1; n <= 30; n++) {
    store.commit(
      closing({
        closedUntil: n,
        streams: [{ id: 's', run: 'r', counts: [n] } as unknown as Stream],
        labels: [labels(`x${n}`, n)],
      }),
    );
  }
  const wal = readFileSync(`${path}-wal`);
  const damage = fc.record({ at: fc.nat(wal.length - 1), cuts: fc.boolean(), bit: fc.nat(7) });
  fc.assert(
    fc.property(damage, ({ at, cuts, bit }) => {
      const torn = join(newFolder(), 'penumbra.db');
      copyFileSync(path, torn);
      const bytes = Buffer.from(wal);
      bytes[at] = (bytes[at] as number) ^ (1 << bit);
      writeFileSync(`${torn}-wal`, cuts ? wal.subarray(0, at) : bytes);
      const survivor = createSqliteStore({ path: torn, clock: createFakeClock(), sinks: [], maxSamplesPerArm: 1 });
      const closedUntil = survivor.run('r')?.closedUntil ?? 0;
      expect(survivor.streams('r')[0]?.counts[0] ?? 0).toBe(closedUntil);
      for (let n = 1; n <= 30; n++) expect(survivor.labelsOf(`x${n}`)).toHaveLength(n <= closedUntil ? 1 : 0);
      survivor.close();
    }),
    { numRuns: 60 },
  );
});
