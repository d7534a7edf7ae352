// The rules on which the evidence's guarantee rests outside the mathematics. Every test has two readers of the same events: the
// pipeline, and a counter that breaks the rule and is led to a false verdict by it. Counting on arrival stands in buckets.test.ts,
// bursts of one request in admission.test.ts.
import { describe, expect, it } from 'vitest';
import { readEvidence } from '../../src/core/judge/judge-stream.ts';
import { hashFraction, keyOf, randomFor } from '../../src/core/random.ts';
import { bernoulliLogE } from '../../src/core/stats/bernoulli.ts';
import { boundedMean } from '../../src/core/stats/bounded-mean.ts';
import { mergeCounts, zeroCounts } from '../../src/core/stats/statistic.ts';
import type { Counts, Hypothesis, Verdict } from '../../src/model.ts';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const flip = 'candidate.late.flip';
const trial = { arms: { candidate: '' }, expect: { 'candidate.late': 'flip: at most 1%, required: false' } };
const { running, start } = useComparators(trial);

function definition(t: TestComparator, id: string): Hypothesis {
  const hypotheses = t.store.runs().at(-1)?.run.definition.hypotheses;
  const found = hypotheses?.find((one) => one.id === id);
  if (found === undefined) throw new Error(`the run has no hypothesis "${id}"`);
  return found;
}

/** The verdict that these counts would have, with the run's own hypothesis and error rates. */
function verdictOn(counts: Counts, hypothesis: Hypothesis): Verdict {
  const { evidence } = readEvidence(counts, hypothesis);
  if (evidence.logEUp >= Math.log(1 / hypothesis.alphaViolated)) return 'VIOLATED';
  return evidence.logEDown >= Math.log(1 / hypothesis.alphaHolds) ? 'HOLDS' : 'UNDECIDED';
}

describe('sampling is decided before outcomes', () => {
  it('so that an arm that is wrong where it is slow is found out', async () => {
    // Every fifth request is hard: the arm takes its time over it, and is wrong.
    const isHard = (id: string): boolean => Number(id) % 5 === 0;
    const t = await start({
      settings: { share: '30%' },
      answers: { candidate: (id) => (isHard(id) ? { score: 0.1, afterMs: 1500 } : { score: 0.9, afterMs: 5 }) },
    });
    const ids = Array.from({ length: 2400 }, (_, n) => `${n}`);
    for (const id of ids) t.deliver(id);
    await t.at(13);
    expect(t.hypothesis(flip).verdict).toBe('VIOLATED');
    expect(t.hypothesis(flip).estimate).toBeCloseTo(0.2, 1);
    // Broken: the first 30 % of the answers that come in. They are the easy ones.
    const first = [...ids].sort((one, other) => Number(isHard(one)) - Number(isHard(other))).slice(0, 720);
    expect(verdictOn([first.length, first.filter(isHard).length], definition(t, flip))).toBe('HOLDS');
  });
});

describe('what an arm causes counts against it', () => {
  it('so that a backlog is a timeout and no drop', async () => {
    const timeout = 'candidate.timeout';
    const t = await start({
      expect: { candidate: 'timeout: at most 1%, required: false' },
      settings: { budget: '{requests: 10000 per second, inFlight: 50}' },
      answers: { candidate: () => ({ score: 0.9, afterMs: 900 }) },
    });
    // A hundred requests a second to an arm that manages fifty-five.
    for (let tenth = 0; tenth < 140; tenth++) {
      await t.at(tenth / 10);
      for (let n = 0; n < 10; n++) t.deliver(`${tenth}-${n}`);
    }
    await t.at(23);
    expect(t.hypothesis(timeout)).toMatchObject({ verdict: 'VIOLATED', n: 1400 });
    expect(t.hypothesis(timeout).estimate).toBeGreaterThan(0.3);
    expect(t.run().arms[0]?.conservation.dropped).toEqual({});
    // Broken: only what the arm was asked about counts, the rest is called dropped.
    const asked = t.asked.candidate?.length ?? 0;
    expect(asked).toBeLessThan(1000);
    expect(verdictOn([asked, 0], definition(t, timeout))).toBe('HOLDS');
  });
});

describe('what penumbra causes counts against nobody', () => {
  it('so that exchanges that reach it late are drops, seen by the gate, and no timeouts of the arm', async () => {
    const timeout = 'candidate.timeout';
    const t = await start({
      expect: { candidate: 'timeout: at most 1%', 'candidate.late': 'flip: at most 50%' },
      settings: { gate: '{minPairs: 30}', start: 'with serve' },
    });
    for (let n = 0; n < 800; n++) t.deliver(`punctual ${n}`);
    await t.at(11.5);
    // The source lags: these belong to a bucket in which no arm has its 2 s any more.
    for (let n = 0; n < 200; n++) t.deliver({ id: `late ${n}`, at: 9 });
    await t.at(13);
    expect(t.hypothesis(timeout)).toMatchObject({ verdict: 'HOLDS', n: 800 });
    expect(t.run().arms[0]?.conservation.dropped).toEqual({ late: 200 });
    // Broken in one way: unanswered at the close is a timeout, whoever was late.
    expect(verdictOn([1000, 200], definition(t, timeout))).toBe('VIOLATED');
    // Broken in the other: dropped in silence. The gate says that a fifth is missing instead.
    const gate = t.app.comparator.gate({ run: t.run().id, experiment: null, nonce: null });
    expect(gate.verdict).toBe('BIASED');
  });
});

describe('a request counts once', () => {
  it('so that a source that delivers at least once makes no evidence out of nothing', async () => {
    const t = await start({
      expect: { 'candidate.late': 'flip: at most 10%, required: false' },
      answers: { candidate: (id) => ({ score: Number(id) % 4 === 0 ? 0.1 : 0.9 }) },
    });
    for (let delivery = 0; delivery < 10; delivery++) {
      await t.at(delivery * 7);
      for (let n = 0; n < 20; n++) t.deliver({ id: `${n}`, feature: n });
    }
    await t.at(83);
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'UNDECIDED', n: 20 });
    expect(t.asked.candidate).toHaveLength(20);
    // Broken: every delivery counts.
    expect(verdictOn([200, 50], definition(t, flip))).toBe('VIOLATED');
  });
});

describe('evidence is read from merged integer counts', () => {
  const tolerance = 0.05;
  const ids = Array.from({ length: 600 }, (_, n) => `request-${n}`);
  const isFlip = (id: string): boolean => hashFraction(keyOf('flips'), id) < 0.03;

  async function countsAfter(asked: readonly string[]): Promise<Counts> {
    const t = await start({
      expect: { 'candidate.late': `flip: at most ${100 * tolerance}%, required: false` },
      answers: { candidate: (id) => ({ score: isFlip(id) ? 0.1 : 0.9 }) },
    });
    for (const [index, id] of asked.entries()) {
      await t.at(Math.floor((40 * index) / asked.length));
      t.deliver({ id, feature: Number(id.slice(8)) });
    }
    await t.at(53);
    expect(t.hypothesis(flip).n).toBe(asked.length);
    return t.store.streams(t.run().id).at(-1)?.counts ?? [];
  }

  it('so that three comparators in any order give the bytes of one', async () => {
    const whole = await countsAfter(ids);
    const shards = [0, 1, 2].map((shard) =>
      ids.toReversed().filter((id) => Math.floor(3 * hashFraction(keyOf('shards'), id)) === shard),
    );
    const parts: Counts[] = [];
    for (const shard of shards) parts.push(JSON.parse(JSON.stringify(await countsAfter(shard))) as Counts);
    for (const order of [parts, parts.toReversed()]) {
      const merged = order.reduce(mergeCounts);
      expect(merged).toEqual(whole);
      const hypothesis = definition(running.at(-1) as TestComparator, flip);
      expect(JSON.stringify(readEvidence(merged, hypothesis))).toBe(JSON.stringify(readEvidence(whole, hypothesis)));
    }
    // Broken: the wealth of a bet added up pair by pair, in the order of arrival.
    const wealth = (order: readonly string[]): number =>
      order.reduce((sum, id) => sum + Math.log1p(0.7 * (tolerance - Number(isFlip(id)))), 0);
    expect(wealth(ids)).not.toBe(shards.reduce((sum, shard) => sum + wealth(shard), 0));
  });

  it('so that seven shards are one look and not seven', () => {
    const [runs, requests, tolerance, shards] = [400, 7000, 0.01, 7];
    const goal = Math.log(1 / 0.05);
    const alarms = { merged: 0, any: 0 };
    for (let run = 0; run < runs; run++) {
      const random = randomFor('plumbing', `shards ${run}`, 'test');
      const parts = Array.from({ length: shards }, () => ({ n: 0, hits: 0 }));
      const alarmed = { merged: false, any: false };
      let hits = 0;
      for (let n = 1; n <= requests; n++) {
        const part = parts[n % shards] as { n: number; hits: number };
        part.n += 1;
        if (random.uniform() >= tolerance) continue;
        hits += 1;
        part.hits += 1;
        alarmed.merged ||= bernoulliLogE([n, hits], tolerance).up >= goal;
        alarmed.any ||= bernoulliLogE([part.n, part.hits], tolerance).up >= goal;
      }
      alarms.merged += Number(alarmed.merged);
      alarms.any += Number(alarmed.any);
    }
    expect(alarms.merged / runs).toBeLessThanOrEqual(0.05 + 3 * Math.sqrt((0.05 * 0.95) / runs));
    // Broken: each shard judges for itself, and the first verdict counts.
    expect(alarms.any / runs).toBeGreaterThan(0.1);
  });
});

describe('what is counted is part of the stream’s name', () => {
  const answers = { candidate: () => ({ score: 0.6 }) as const };
  const deliver = (t: TestComparator, { from, to }: { from: number; to: number }): void => {
    for (let n = from; n < to; n++) t.deliver({ id: `${n}`, score: 0.7 });
  };

  it('so that a label read in another way starts with no evidence', async () => {
    const t = await start({ answers, expect: { 'candidate.late': 'flip: at most 10%, required: false' } });
    deliver(t, { from: 0, to: 300 });
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'HOLDS', n: 300 });
    // Between the two scores now lies the threshold: every label differs.
    const changed = await t.crash({ top: { decisions: '{late: {output: p, label: above 0.65}}' } });
    running.splice(0, 1, changed);
    expect(changed.hypothesis(flip)).toMatchObject({ verdict: 'UNDECIDED', n: 0 });
    deliver(changed, { from: 300, to: 305 });
    await changed.at(33);
    expect(changed.hypothesis(flip)).toMatchObject({ verdict: 'VIOLATED', n: 5, estimate: 1 });
    // Broken: the counts go on under the new label.
    expect(verdictOn([305, 5], definition(changed, flip))).toBe('HOLDS');
  });

  it('and nothing else is: another budget leaves the evidence where it was', async () => {
    const t = await start({ answers });
    deliver(t, { from: 0, to: 600 });
    await t.at(13);
    const changed = await t.crash({ settings: { budget: '{requests: 20 per second, inFlight: 5}' } });
    running.splice(0, 1, changed);
    expect(changed.hypothesis(flip)).toMatchObject({ verdict: 'HOLDS', n: 600 });
  });
});

describe('the unit is the request', () => {
  it('so that a batch, whose rows share a cause, is one bounded observation', () => {
    const [runs, batches, rows, tolerance, alpha] = [300, 1500, 20, 0.01, 0.05];
    const goal = Math.log(1 / alpha);
    const alarms = { batch: 0, row: 0 };
    for (let run = 0; run < runs; run++) {
      const random = randomFor('plumbing', `batches ${run}`, 'test');
      const counts = zeroCounts(boundedMean.size);
      const alarmed = { batch: false, row: false };
      let hits = 0;
      for (let batch = 1; batch <= batches; batch++) {
        // One batch in fifty has a cause, which moves half of its rows: exactly at the tolerance of 1 %.
        const moved = random.uniform() < 0.02 ? rows / 2 : 0;
        hits += moved;
        boundedMean.add(counts, moved / rows);
        if (moved === 0) continue;
        alarmed.batch ||= boundedMean.logE(counts, tolerance).up >= goal;
        alarmed.row ||= bernoulliLogE([batch * rows, hits], tolerance).up >= goal;
      }
      alarms.batch += Number(alarmed.batch);
      alarms.row += Number(alarmed.row);
    }
    expect(alarms.batch / runs).toBeLessThanOrEqual(alpha + 3 * Math.sqrt((alpha * (1 - alpha)) / runs));
    // Broken: row by row, as if each had a cause of its own.
    expect(alarms.row / runs).toBeGreaterThan(0.5);
  });
});
