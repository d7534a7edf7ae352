// Many comparators judge as one: whatever is killed, paused, rebalanced or delivered twice, the counts and the verdicts are the same bytes.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { whyNotReady } from '../../src/app/scale/compare-ready.ts';
import type { Leadership } from '../../src/app/scale/election.ts';
import type { Lease } from '../../src/pipeline/scale/messages.ts';
import { createComparatorForTest } from '../support/comparator.ts';
import { roundMs } from '../support/fake-clock.ts';
import { createScaledWorld, type ScaledOptions, type ScaledWorld } from '../support/scaled.ts';
import { judgedBy, playTimeline } from '../support/scaled-chaos.ts';
import type { Answers } from '../support/scripted-target.ts';
import { tableAnswers, tableExchange } from '../support/table-exchanges.ts';

const exchanges = Number(process.env.PENUMBRA_SCALE_EXCHANGES ?? 1500);
const accidents = Number(process.env.PENUMBRA_SCALE_ACCIDENTS ?? 15);
const seed = process.env.PENUMBRA_SCALE_SEED ?? '1';
const everyMs = 10;
const patienceMs = 240_000;

const trial = {
  arms: { control: '', slow: '' },
  expect: { 'slow.late': 'flip: at most 5%, material: at most 20%', slow: 'error: at most 5%' },
  settings: { epoch: '24h', start: 'with serve' },
  answers: {
    control: tableAnswers('control', { flips: 0.001 }),
    slow: tableAnswers('slow', { flips: 0.08, fails: 0.02, afterMs: 30 }),
  },
};

const worlds: ScaledWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close();
});

async function worldOf(options: Partial<ScaledOptions> = {}): Promise<ScaledWorld> {
  const world = await createScaledWorld({ ...trial, partitions: 8, ...options });
  worlds.push(world);
  return world;
}

/** The same exchanges at the same times through one process without Kafka. */
async function judgeAlone(): Promise<unknown> {
  const comparator = await createComparatorForTest(trial);
  for (let number = 0; number < exchanges; number += 1) {
    const { value } = tableExchange(number, { everyMs });
    const { id, arrivedAt, latencyMs, request, answer } = value;
    const bytes = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));
    await comparator.clock.advanceTo(roundMs + number * everyMs);
    comparator.app.comparator.submit({
      ...{ sourceId: id, givenId: id, arrivedAt, latencyMs },
      request: { method: 'POST', path: request.path, headers: {}, body: bytes(request.body) },
      answer: { status: answer.status, headers: {}, body: bytes(answer.body) },
    });
  }
  await comparator.clock.advance(60_000);
  const judged = judgedBy(comparator.store);
  await comparator.stop();
  return judged;
}

/** What differs, by place: the whole would fill the screen. */
function differences(one: unknown, other: unknown): string[] {
  const left = new Set(leaves(one));
  const right = new Set(leaves(other));
  return [...left].filter((leaf) => !right.has(leaf)).slice(0, 10);
}

function leaves(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [`${path} = ${value}`];
  return Object.entries(value).flatMap(([key, entry]) => leaves(entry, `${path}/${key}`));
}

describe('the same exchanges', () => {
  let alone: unknown;
  beforeAll(async () => {
    alone = await judgeAlone();
  }, patienceMs);

  it(
    'through one comparator on eight partitions come to what one process counts',
    async () => {
      const world = await worldOf();
      await playTimeline(world, { exchanges, everyMs, members: 1, accidents: 0, seed });
      const judged = judgedBy(world.store);
      expect(differences(alone, judged)).toEqual([]);
      expect(JSON.stringify(judged) === JSON.stringify(alone)).toBe(true);
    },
    patienceMs,
  );

  it(
    'through four comparators with accidents, and a judge with some, come to the same bytes',
    async () => {
      const world = await worldOf();
      const happened = await playTimeline(world, { exchanges, everyMs, members: 4, accidents, seed });
      expect(Object.values(happened).reduce((sum, count) => sum + count, 0)).toBe(accidents);
      const judged = judgedBy(world.store);
      expect(differences(alone, judged)).toEqual([]);
      expect(JSON.stringify(judged) === JSON.stringify(alone)).toBe(true);
      expect(world.errors).toEqual([]);
    },
    patienceMs,
  );
});

describe('live arms', () => {
  it(
    'count every exchange once, though they are asked more than once',
    async () => {
      let call = 0;
      const fickle = () => ({ score: call++ % 10 === 0 ? 0.1 : 0.9, version: null });
      const world = await worldOf({ answers: { control: fickle, slow: fickle } });
      await playTimeline(world, { exchanges: 600, everyMs, members: 3, accidents: 8, seed: '3' });
      const id = world.store.runs()[0]?.run.id ?? '';
      for (const { received, compared, skipped, dropped } of world.store.tallies(id)) {
        const others = [...Object.values(skipped), ...Object.values(dropped)].reduce(
          (sum, count) => sum + (count ?? 0),
          0,
        );
        expect({ received, accounted: compared + others }).toEqual({ received: 600, accounted: 600 });
      }
      expect(world.asked.slow?.length).toBeGreaterThan(600 * 0.9);
    },
    patienceMs,
  );
});

describe('the judge’s lease', () => {
  const append = async (world: ScaledWorld, from: number, howMany: number): Promise<void> => {
    for (let number = from; number < from + howMany; number += 1) {
      const { key, value } = tableExchange(number, { everyMs });
      await world.append({ key, value: { ...value, arrivedAt: world.clock.nowMs() } });
    }
  };

  it('stops every comparator within a second when nobody renews it, and nothing is lost', async () => {
    const world = await worldOf();
    await world.startJudge();
    await world.addMember();
    await world.clock.advance(3000);
    await append(world, 0, 50);
    await world.clock.advance(2000);
    expect(world.asked.slow?.length).toBeGreaterThan(40);
    await world.crashJudge();
    await world.clock.advance(1300);
    const before = world.asked.slow?.length;
    await append(world, 50, 50);
    await world.clock.advance(10_000);
    expect(world.asked.slow?.length).toBe(before);
    await world.startJudge();
    await world.clock.advance(60_000);
    expect(world.asked.slow?.length).toBeGreaterThan((before ?? 0) + 40);
    const id = world.store.runs()[0]?.run.id ?? '';
    expect(world.store.tallies(id).map(({ received }) => received)).toEqual([100, 100]);
  });

  it('carries the kill switch to every comparator', async () => {
    const world = await worldOf();
    await world.startJudge();
    await world.addMember();
    await world.addMember();
    await world.clock.advance(6000);
    await append(world, 0, 30);
    await world.clock.advance(2000);
    world.judge().comparator.kill('enough');
    await world.clock.advance(600);
    const before = world.asked.slow?.length;
    expect(before).toBeGreaterThan(20);
    await append(world, 30, 50);
    await world.clock.advance(10_000);
    expect(world.asked.slow?.length).toBe(before);
  });
});

describe('a judge beside others', () => {
  const lease = (runs: readonly string[]): Lease => ({
    ...{ type: 'lease', term: 0, reading: '', isKilled: false, members: 1, grants: {} },
    runs: runs.map((id) => ({ id, scoresFrom: 0 })),
  });
  const leading = { isCertain: true, before: null as Lease | null };
  const leadership: Leadership = { term: () => 1, mayAct: () => leading.isCertain, former: () => leading.before };
  const wrong: Answers = () => ({ score: 0.1 });
  const alertsOf = (world: ScaledWorld) => world.store.firingAlerts().length;
  const countedIn = (world: ScaledWorld) => world.store.tallies(world.store.runs()[0]?.run.id ?? '')[0]?.received ?? 0;
  const begin = async (): Promise<ScaledWorld> => {
    Object.assign(leading, { isCertain: true, before: null });
    const world = await worldOf({ leadership, answers: { control: wrong, slow: wrong } });
    await world.startJudge();
    await world.addMember();
    await world.clock.advance(6000);
    return world;
  };
  const append = async (world: ScaledWorld): Promise<void> => {
    for (let number = 0; number < 300; number += 1) {
      const { key, value } = tableExchange(number, { everyMs });
      await world.append({ key, value: { ...value, arrivedAt: world.clock.nowMs() } });
    }
  };

  it('counts, judges and alerts nothing while it is not certain of its lead, and all of it once it is', async () => {
    const world = await begin();
    await append(world);
    const state = () => ({ counted: countedIn(world), alerts: alertsOf(world), read: world.store.counts().offset });
    // Comparators go on for a second after the judge was last certain.
    for (let round = 0; round < 50; round += 1) {
      leading.isCertain = false;
      const before = state();
      await world.clock.advance(800);
      expect(state()).toEqual(before);
      leading.isCertain = true;
      await world.clock.advance(400);
    }
    expect(countedIn(world)).toBe(300);
    expect(alertsOf(world)).toBeGreaterThan(0);
  }, 60_000);

  it('goes on with the runs of the one before when it has its store', async () => {
    const world = await begin();
    const id = world.store.runs()[0]?.run.id ?? '';
    await world.crashJudge();
    leading.before = lease([id]);
    await world.startJudge();
    await world.clock.advance(5000);
    expect(world.store.runs().map(({ run }) => [run.id, run.state])).toEqual([[id, 'RUNNING']]);
    expect(world.errors).toEqual([]);
  }, 60_000);

  it('ends what it had begun when another led meanwhile with another store, and says both', async () => {
    const world = await begin();
    const id = world.store.runs()[0]?.run.id ?? '';
    await world.crashJudge();
    leading.before = lease(['theirs']);
    await world.startJudge();
    await world.clock.advance(5000);
    const run = world.store.runs().find((one) => one.run.id === id)?.run;
    expect(run).toMatchObject({ state: 'ABORTED', endReason: expect.stringContaining('with another store') });
    expect(world.errors.map(({ fields }) => fields)).toEqual([{ runs: ['theirs'] }, { run: id }]);
  }, 60_000);
});

describe('what a comparator says of itself', () => {
  it('is that it is ready once it has a judge and partitions, what it took, and why it waits', async () => {
    const world = await worldOf();
    const { compare } = await world.addMember();
    await world.clock.advance(3000);
    expect(whyNotReady(compare.state()).join('; ')).toMatch(/^no judge has been heard yet.*; it holds no partition/);
    await world.startJudge();
    await world.clock.advance(20_000);
    for (let number = 0; number < 100; number += 1) {
      const { key, value } = tableExchange(number, { everyMs });
      await world.append({ key, value: { ...value, arrivedAt: world.clock.nowMs() } });
    }
    await world.append({ key: 'odd', value: 'no exchange' });
    await world.clock.advance(60_000);
    const state = compare.state();
    expect(whyNotReady(state)).toEqual([]);
    expect(state).toMatchObject({ partitions: 8, lag: 0, waitsFor: null, exchanges: 100, losses: { malformed: 1 } });
    expect(state.lags.length).toBe(8);
    const [run] = world.store.runs();
    const tallies = world.store.tallies(run?.run.id ?? '');
    const counted = tallies.map(({ arm, compared }) => ({ experiment: run?.run.experiment, arm, count: compared }));
    expect(new Set(state.pairs)).toEqual(new Set(counted));
    expect(counted[0]?.count).toBeGreaterThan(80);
    world.judge().comparator.kill('enough');
    await world.clock.advance(2000);
    expect([compare.state().waitsFor, whyNotReady(compare.state())]).toEqual(['kill switch', []]);
    await world.crashJudge();
    await world.clock.advance(8000);
    expect(whyNotReady(compare.state())).toEqual(['the judge has not been heard for 8 s']);
  }, 60_000);
});
