import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  judgeStream,
  newStreamState,
  readEvidence,
  readStream,
  type StreamState,
} from '../../../../src/core/judge/judge-stream.ts';
import { createObserver } from '../../../../src/core/judge/observe.ts';
import type { Hypothesis, Segmentation } from '../../../../src/model.ts';
import { binary, ok, pairOf } from '../pairs.ts';
import { hypothesisOf } from './hypotheses.ts';

function judgeAll(hypothesis: Hypothesis, buckets: readonly (readonly number[])[]): StreamState[] {
  const states: StreamState[] = [];
  let state = newStreamState(buckets[0]?.length ?? 2);
  for (const added of buckets) {
    state = judgeStream(state, { added: { counts: added }, hypothesis }).state;
    states.push(state);
  }
  return states;
}

const bounded = hypothesisOf();

describe('bounded', () => {
  it('holds at the close that brings 558 requests without a hit, not before', () => {
    const [before, after] = judgeAll(bounded, [
      [557, 0],
      [1, 0],
    ]);
    expect(before).toMatchObject({ verdict: 'UNDECIDED', decidedAt: null });
    expect(after).toMatchObject({ verdict: 'HOLDS', decidedAt: 558 });
  });

  it('latches VIOLATED at the n that decided, whatever follows', () => {
    const states = judgeAll(bounded, [
      [100, 12],
      [1_000_000, 0],
    ]);
    expect(states).toMatchObject([
      { verdict: 'VIOLATED', decidedAt: 100 },
      { verdict: 'VIOLATED', decidedAt: 100 },
    ]);
  });

  it('remembers the largest evidence for VIOLATED, so that a later look finds it', () => {
    const strict = hypothesisOf({ alphaViolated: 1e-30 });
    const [peak, later] = judgeAll(strict, [
      [100, 12],
      [5000, 0],
    ]) as [StreamState, StreamState];
    expect(later.maxLogEUp).toBe(peak.maxLogEUp);
    expect(judgeStream(later, { added: { counts: [0, 0] }, hypothesis: bounded }).state.verdict).toBe('VIOLATED');
  });

  it('keeps a stored VIOLATED even when the evidence for it was not stored', () => {
    const stored: StreamState = { ...newStreamState(2), counts: [100, 0], verdict: 'VIOLATED', decidedAt: 40 };
    const { state } = judgeStream(stored, { added: { counts: [1000, 0] }, hypothesis: bounded });
    expect(state).toMatchObject({ verdict: 'VIOLATED', decidedAt: 40 });
  });

  it('loses HOLDS when the evidence goes, and decides anew', () => {
    const states = judgeAll(bounded, [
      [600, 0],
      [100, 4],
      [5000, 0],
    ]);
    expect(states).toMatchObject([
      { verdict: 'HOLDS', decidedAt: 600 },
      { verdict: 'UNDECIDED', decidedAt: null },
      { verdict: 'HOLDS', decidedAt: 5700 },
    ]);
  });

  it('keeps the n of a HOLDS that lasts', () => {
    const states = judgeAll(bounded, [
      [600, 0],
      [600, 0],
    ]);
    expect(states[1]).toMatchObject({ verdict: 'HOLDS', decidedAt: 600 });
  });

  it('goes on from stored state as if it had never stopped', () => {
    const buckets = fc.array(
      fc.nat(200).chain((n) => fc.nat(Math.min(n, 8)).map((hits) => [n, hits])),
      { minLength: 1 },
    );
    fc.assert(
      fc.property(buckets, fc.nat(), (all, at) => {
        const cut = at % all.length;
        const whole = judgeAll(bounded, all).at(-1);
        const stored = JSON.parse(
          JSON.stringify(judgeAll(bounded, [[0, 0], ...all.slice(0, cut)]).at(-1)),
        ) as StreamState;
        const resumed = all
          .slice(cut)
          .reduce(
            (state, added) => judgeStream(state, { added: { counts: added }, hypothesis: bounded }).state,
            stored,
          );
        expect(resumed).toEqual(whole);
      }),
    );
  });

  it('does not judge unsound counts', () => {
    expect(() => judgeStream(newStreamState(2), { added: { counts: [1, 2] }, hypothesis: bounded })).toThrow(
      /at most as many hits/,
    );
    expect(() => judgeStream(newStreamState(2), { added: { counts: [1] }, hypothesis: bounded })).toThrow(/one length/);
  });
});

describe('nonsense', () => {
  const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });
  const added = { counts: [1000, 1000] };
  const segmentation: Segmentation = {
    name: 'origin',
    source: { type: 'header', header: 'x-origin' },
    values: ['a', 'b'],
    edges: null,
    most: 20,
    atLeast: 10,
  };

  it.each([1e9, 1, 0, -1, Number.NaN, '0.01', null, undefined])('an error rate of %j is refused', (alpha) => {
    for (const rate of ['alphaHolds', 'alphaViolated']) {
      const hypothesis = { ...bounded, [rate]: alpha };
      expect(() => judgeStream(newStreamState(2), { added, hypothesis })).toThrow(refused);
    }
  });

  it.each([
    { maxLogEUp: Number.NaN },
    { maxLogEUp: null },
    { maxLogEUp: '12' },
    { maxLogEUp: -1 },
    { maxLogEUp: Number.POSITIVE_INFINITY },
    { verdict: 'violated' },
    { verdict: null },
    { counts: null },
  ])('a stored state with %j is refused', (odd) => {
    const stored = { ...newStreamState(2), ...odd } as StreamState;
    expect(() => judgeStream(stored, { added, hypothesis: bounded })).toThrow(refused);
  });

  it('segments that do not add up to the whole are refused', () => {
    const judge = (segments: ReadonlyMap<string, readonly number[]> | undefined) =>
      judgeStream(newStreamState(2, { segmentation }), {
        added: segments === undefined ? added : { ...added, segments },
        hypothesis: bounded,
        segmentation,
      });
    expect(() => judge(new Map([['a', [1000, 0]]]))).toThrow(/segments require counts that add up/);
    const odd: [string, readonly number[]][][] = [
      [['a', [999, 1000]]],
      [['a', [1000]]],
      [['a', [1000, 1000, 0]]],
      [['a', [1000, Number.NaN]]],
      [
        ['a', [1001, 1000]],
        ['b', [-1, 0]],
      ],
      [],
    ];
    for (const parts of odd) expect(() => judge(new Map(parts))).toThrow(refused);
    expect(() => judge(undefined)).toThrow(refused);
    const whole: [string, readonly number[]][] = [
      ['a', [400, 400]],
      ['b', [600, 600]],
    ];
    expect(judge(new Map(whole)).state.verdict).toBe('VIOLATED');
  });

  it('loud is judged over all requests, not per segment', () => {
    const loud = hypothesisOf({ relation: 'loud', metric: 'silent-wrong' });
    const counts = [1, 0, 1, 0];
    const words = /loud is judged over all requests, not per segment/;
    const state = newStreamState(4, { segmentation });
    const segments = new Map([['a', counts]]);
    expect(() => judgeStream(state, { added: { counts, segments }, hypothesis: loud, segmentation })).toThrow(words);
    expect(() => judgeStream(state, { added: { counts, segments }, hypothesis: loud, segmentation })).toThrow(refused);
    expect(() => readStream(state, { hypothesis: loud, segmentation })).toThrow(words);
  });
});

describe('other relations', () => {
  it('invariant is judged at 0.1 %, whatever the tolerance says', () => {
    const invariant = hypothesisOf({ relation: 'invariant', tolerance: 0.5 });
    expect(judgeAll(invariant, [[5604, 0]])[0]).toMatchObject({ verdict: 'UNDECIDED' });
    expect(judgeAll(invariant, [[5605, 0]])[0]).toMatchObject({ verdict: 'HOLDS' });
  });

  it('sensitive holds when the rate is proven above and is violated when proven below', () => {
    const sensitive = hypothesisOf({ relation: 'sensitive', tolerance: 0.05 });
    expect(judgeAll(sensitive, [[300, 60]])[0]).toMatchObject({ verdict: 'HOLDS' });
    expect(judgeAll(sensitive, [[300, 0]])[0]).toMatchObject({ verdict: 'VIOLATED' });
    expect(judgeAll(sensitive, [[300, 15]])[0]).toMatchObject({ verdict: 'UNDECIDED' });
  });

  it('sensitive gives each side its own error rate', () => {
    const needed = (changed: Partial<Hypothesis>): number =>
      Array.from({ length: 400 }, (_, n) => n).findIndex(
        (n) =>
          n > 0 &&
          judgeAll(hypothesisOf({ relation: 'sensitive', tolerance: 0.05, ...changed }), [[n, 0]])[0]?.verdict ===
            'VIOLATED',
      );
    expect(needed({ alphaViolated: 0.001 })).toBeGreaterThan(needed({ alphaViolated: 0.01 }));
    expect(needed({ alphaHolds: 0.001 })).toBe(needed({ alphaHolds: 0.01 }));
  });

  it('sensitive forecasts the side it is on with that side’s error rate', () => {
    const sensitive = hypothesisOf({ relation: 'sensitive', tolerance: 0.05, alphaViolated: 0.001, alphaHolds: 0.01 });
    const growth = -Math.log(1 - 0.05);
    const { stillNeeded } = readEvidence([10, 0], sensitive).evidence;
    expect(stillNeeded).toBe(Math.ceil((Math.log(1000) + 1) / growth - 10));
  });

  it('compares with the control on paired counts', () => {
    const error = hypothesisOf({ metric: 'error', decision: null, against: 'control', tolerance: 0.005 });
    expect(judgeAll(error, [[4000, 4, 4]])[0]).toMatchObject({ verdict: 'HOLDS' });
    expect(judgeAll(error, [[400, 30, 0]])[0]).toMatchObject({ verdict: 'VIOLATED' });
  });
});

describe('latency', () => {
  const judgeSlowerBy = (factor: number, tolerance: number) => {
    const hypothesis = hypothesisOf({ metric: 'latency', decision: null, against: 'control', tolerance });
    const observer = createObserver(hypothesis, null);
    const counts = new Array<number>(observer.size).fill(0);
    for (let index = 0; index < 1000; index++) {
      const controlMs = 20 + (index % 9);
      const [arm, control] = [factor * controlMs, controlMs].map((latencyMs) => ok(binary(0.1), { latencyMs }));
      if (arm && control) observer.observe(counts, pairOf(binary(0.1), arm, control));
    }
    const { state } = judgeStream(newStreamState(observer.size), { added: { counts }, hypothesis });
    return { state, evidence: readEvidence(counts, hypothesis).evidence };
  };

  it('holds for an arm as fast as its control', () => {
    const { state, evidence } = judgeSlowerBy(1, 0.2);
    expect(state).toMatchObject({ verdict: 'HOLDS', decidedAt: 1000 });
    expect(evidence).toMatchObject({ n: 1000, estimate: 0 });
  });

  it('is violated by an arm that takes 1.5 times as long, unless that is within the limit', () => {
    const { state, evidence } = judgeSlowerBy(1.5, 0.2);
    expect(state).toMatchObject({ verdict: 'VIOLATED', decidedAt: 1000 });
    expect(Math.abs((evidence.estimate ?? 0) - 0.5)).toBeLessThan(0.04);
    expect(judgeSlowerBy(1.5, 0.8).state.verdict).toBe('HOLDS');
  });
});
