import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type LateOnset,
  type LateOnsetState,
  lateOnsetThreshold,
  newLateOnsetState,
  peekLateOnset,
  updateLateOnset,
} from '../../../../src/core/judge/late-onset.ts';
import { bernoulli } from '../../../../src/core/stats/bernoulli.ts';
import { boundedMean } from '../../../../src/core/stats/bounded-mean.ts';
import { zeroCounts } from '../../../../src/core/stats/statistic.ts';
import { trinomial } from '../../../../src/core/stats/trinomial.ts';
import { bernoulliUp } from '../stats/naive-wealth.ts';

const detector: LateOnset = { statistic: bernoulli, tolerance: 0.01, threshold: 525_600 };
const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });

function feed(state: LateOnsetState, buckets: readonly (readonly number[])[], watched = detector): LateOnsetState {
  return buckets.reduce((before, added) => updateLateOnset(before, { detector: watched, added }).state, state);
}

/** R = Σ w R_g with R_g ← (1 + R_g) Π (1 + λ (x − m)), in plain numbers. */
function naiveR(buckets: readonly (readonly [number, number])[], m: number): number {
  const bets = bernoulliUp(m);
  const total = bets.reduce((sum, { weight }) => sum + weight, 0);
  const rs = bets.map(() => 0);
  for (const [n, hits] of buckets) {
    for (const [g, { lambda }] of bets.entries()) {
      rs[g] = (1 + (rs[g] as number)) * (1 + lambda * (1 - m)) ** hits * (1 - lambda * m) ** (n - hits);
    }
  }
  return rs.reduce((sum, r, g) => sum + ((bets[g]?.weight ?? 0) / total) * r, 0);
}

describe('late onset', () => {
  it('follows R ← (1 + R) e^ℓ for every bet', () => {
    const bucket = fc
      .tuple(fc.integer({ min: 1, max: 50 }), fc.nat(2))
      .map(([n, hits]) => [n, Math.min(n, hits)] as const);
    fc.assert(
      fc.property(fc.array(bucket, { minLength: 1, maxLength: 12 }), (buckets) => {
        const last = buckets.at(-1) as readonly [number, number];
        const watched = { ...detector, threshold: 1e300 };
        const before = feed(newLateOnsetState(watched), buckets.slice(0, -1), watched);
        const { logR } = updateLateOnset(before, { detector: watched, added: last });
        expect(Math.abs(logR - Math.log(naiveR(buckets, 0.01)))).toBeLessThan(1e-9);
      }),
    );
  });

  it('peeks at what closing the open bucket would give, and moves nothing', () => {
    const state = feed(newLateOnsetState(detector), [
      [100, 0],
      [100, 1],
    ]);
    const copy = structuredClone(state);
    const peeked = peekLateOnset(state, { detector, open: [40, 3] });
    expect(state).toEqual(copy);
    expect(updateLateOnset(state, { detector, added: [40, 3] }).logR).toBe(peeked);
  });

  it('alarms soon after an onset, though everything before was good', () => {
    const good = feed(
      newLateOnsetState(detector),
      Array.from({ length: 3000 }, () => [100, 0]),
    );
    expect(good.isRegressed).toBe(false);
    const first = updateLateOnset(
      feed(good, [
        [100, 5],
        [100, 5],
        [100, 5],
      ]),
      { detector, added: [100, 5] },
    );
    expect(first).toMatchObject({
      change: 'REGRESSED',
      state: { isRegressed: true, buckets: 3004, regressedAt: 3004 },
    });
    expect(first.logR).toBeGreaterThanOrEqual(Math.log(525_600));
  });

  it('clears when the DOWN bets, started after the alarm, reach 1000, and watches anew', () => {
    const alarmed = feed(newLateOnsetState(detector), [[100, 50]]);
    expect(alarmed.isRegressed).toBe(true);
    const stillBad = feed(
      alarmed,
      Array.from({ length: 50 }, () => [100, 3]),
    );
    expect(stillBad.isRegressed).toBe(true);
    let state = alarmed;
    let buckets = 0;
    while (state.isRegressed && buckets < 100) {
      state = feed(state, [[100, 0]]);
      buckets += 1;
    }
    expect(buckets).toBeGreaterThan(2);
    expect(buckets).toBeLessThan(12);
    expect(state).toMatchObject({ isRegressed: false, regressedAt: null, down: [] });
    expect(feed(state, [[100, 50]]).isRegressed).toBe(true);
  });

  it('is plain data that JSON keeps exactly, whatever the counts', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(200)), { maxLength: 30 }), fc.nat(30), (raw, cut) => {
        const buckets = raw.map(([n, hits]) => [n, Math.min(n, hits)]);
        const whole = feed(newLateOnsetState(detector), buckets);
        const stored = JSON.parse(
          JSON.stringify(feed(newLateOnsetState(detector), buckets.slice(0, cut))),
        ) as LateOnsetState;
        expect(feed(stored, buckets.slice(cut))).toEqual(whole);
        expect([...whole.up, ...whole.down].every((log) => Number.isFinite(log) && log >= 0)).toBe(true);
      }),
    );
  });

  it('is not moved by a bucket without data', () => {
    const state = feed(newLateOnsetState(detector), [[100, 1]]);
    expect(updateLateOnset(state, { detector, added: [0, 0] })).toMatchObject({ state, change: null });
  });

  it('runs on every statistic that is linear in its counts', () => {
    const excess: LateOnset = { statistic: trinomial, tolerance: 0.01, threshold: 1e5 };
    expect(feed(newLateOnsetState(excess), [[100, 30, 0]], excess).isRegressed).toBe(true);
    expect(
      feed(
        newLateOnsetState(excess),
        Array.from({ length: 20 }, () => [100, 3, 3]),
        excess,
      ).isRegressed,
    ).toBe(false);
    const moved: LateOnset = { statistic: boundedMean, tolerance: 0.01, threshold: 1e5 };
    const bucket = zeroCounts(boundedMean.size);
    for (let n = 0; n < 100; n++) boundedMean.add(bucket, 0.08);
    expect(feed(newLateOnsetState(moved), [bucket, bucket], moved).isRegressed).toBe(true);
  });

  it('asks for one false alarm a year over all detectors', () => {
    expect(lateOnsetThreshold({ bucketMs: 60_000, detectors: 1 })).toBe(525_600);
    expect(lateOnsetThreshold({ bucketMs: 10_000, detectors: 3 })).toBe(9_460_800);
    expect(() => lateOnsetThreshold({ bucketMs: 0, detectors: 1 })).toThrow(refused);
    expect(() => lateOnsetThreshold({ bucketMs: 1, detectors: 0 })).toThrow(refused);
  });

  it('refuses states, counts, thresholds and tolerances that are none', () => {
    const state = newLateOnsetState(detector);
    for (const up of [[], state.up.slice(1), state.up.map(() => -1), state.up.map(() => Number.NaN)]) {
      expect(() => updateLateOnset({ ...state, up }, { detector, added: [1, 0] })).toThrow(refused);
    }
    expect(() => updateLateOnset(state, { detector, added: [1, 2] })).toThrow(refused);
    expect(() => newLateOnsetState({ ...detector, threshold: 1 })).toThrow(refused);
    expect(() => newLateOnsetState({ ...detector, tolerance: 0 })).toThrow(refused);
  });
});
