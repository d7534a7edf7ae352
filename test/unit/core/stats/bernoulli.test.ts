import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bernoulli, bernoulliLogE } from '../../../../src/core/stats/bernoulli.ts';
import { bernoulliDown, bernoulliUp, naiveWealth } from './naive-wealth.ts';

const claim = { tolerance: 0.01, alphaViolated: 0.01, alphaHolds: 0.01 };

describe('bernoulli evidence', () => {
  it('equals the product of the bets, observation by observation', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 60 }),
        fc.constantFrom(0.001, 0.01, 0.05, 0.3, 0.7),
        (observations, tolerance) => {
          const counts = [0, 0];
          for (const observation of observations) bernoulli.add(counts, observation);
          const { up, down } = bernoulliLogE(counts, tolerance);
          expect(up).toBeCloseTo(Math.log(naiveWealth(bernoulliUp(tolerance), observations, tolerance)), 9);
          const naiveDown = naiveWealth(bernoulliDown(tolerance), observations, tolerance);
          if (naiveDown > 1e-280) expect(down).toBeCloseTo(Math.log(naiveDown), 9);
        },
      ),
    );
  });

  it('has 21 bets upward at a tolerance of 1 %', () => {
    expect(bernoulliUp(0.01)).toHaveLength(21);
  });

  it.each([
    { alpha: 0.05, first: 381 },
    { alpha: 0.01, first: 558 },
  ])('proves "at most 1 %" without a hit at exactly n = $first for alpha $alpha', ({ alpha, first }) => {
    const needed = Math.log(1 / alpha);
    const proven = Array.from({ length: 1000 }, (_, n) => n).find((n) => bernoulliLogE([n, 0], 0.01).down >= needed);
    expect(proven).toBe(first);
  });

  it('multiplies wealth by an average of exactly 1 under the null', () => {
    for (const tolerance of [0.01, 0.3]) {
      for (const n of [1, 5, 12]) {
        const mean = { up: 0, down: 0 };
        for (let hits = 0; hits <= n; hits++) {
          const chance = choose(n, hits) * tolerance ** hits * (1 - tolerance) ** (n - hits);
          const { up, down } = bernoulliLogE([n, hits], tolerance);
          mean.up += chance * Math.exp(up);
          mean.down += chance * Math.exp(down);
        }
        expect(Math.abs(mean.up - 1)).toBeLessThan(1e-12);
        expect(Math.abs(mean.down - 1)).toBeLessThan(1e-12);
      }
    }
  });

  it('says nothing before the first observation', () => {
    expect(bernoulli.evidence([0, 0], claim)).toEqual({
      n: 0,
      estimate: null,
      interval: null,
      logEUp: 0,
      logEDown: 0,
      stillNeeded: null,
    });
  });

  it('stays finite for counts near 2^53 and for every tolerance', () => {
    for (const tolerance of [Number.MIN_VALUE, 1e-305, 1e-6, 0.01, 0.9999, 1 - 2 ** -50, 1 - 2 ** -53]) {
      for (const counts of [
        [1, 0],
        [1, 1],
        [2 ** 53 - 1, 0],
        [2 ** 53 - 1, 2 ** 53 - 1],
        [1e15, 1e13],
      ]) {
        const { logEUp, logEDown, interval } = bernoulli.evidence(counts, { ...claim, tolerance });
        expect([logEUp, logEDown, ...(interval ?? [])].every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('bets on in full where the largest odds are more than a double holds', () => {
    // 500 of 500 at a limit of 5e-324: every bet up to 2^1023 is there, the largest decides.
    expect(bernoulliLogE([500, 500], Number.MIN_VALUE).up).toBeGreaterThan(500 * 700);
    expect(bernoulliLogE([500, 0], Number.MIN_VALUE).up).toBeCloseTo(0, 9);
  });

  it('forecasts what is needed: 558 requests without a hit, fewer as they come, none when decided', () => {
    expect(bernoulli.evidence([1, 0], claim).stillNeeded).toBe(557);
    expect(bernoulli.evidence([300, 0], claim).stillNeeded).toBe(258);
    expect(bernoulli.evidence([558, 0], claim).stillNeeded).toBe(0);
    expect(bernoulli.evidence([1000, 10], claim).stillNeeded).toBeNull();
  });

  it('reads only its own counts', () => {
    expect(bernoulli.evidence([100, 3, 7, 9], claim)).toEqual(bernoulli.evidence([100, 3], claim));
  });

  it.each([
    [[10, 11], claim],
    [[10, -1], claim],
    [[10.5, 1], claim],
    [[Number.NaN, 0], claim],
    [[2 ** 53, 0], claim],
    [[10], claim],
    [[10, 1], { ...claim, tolerance: 0 }],
    [[10, 1], { ...claim, tolerance: 1 }],
    [[10, 1], { ...claim, tolerance: Number.NaN }],
    [[10, 1], { ...claim, alphaHolds: 0 }],
  ])('refuses counts %j with claim %j', (counts, unsound) => {
    expect(() => bernoulli.evidence(counts, unsound)).toThrow(
      expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }),
    );
  });

  it.each([2, -1, 0.5, Number.NaN])('refuses the observation %d and counts nothing', (observation) => {
    const counts = [3, 1];
    expect(() => bernoulli.add(counts, observation)).toThrow(/requires an observation of 0 or 1/);
    expect(counts).toEqual([3, 1]);
  });
});

function choose(n: number, k: number): number {
  let result = 1;
  for (let step = 1; step <= k; step++) result = (result * (n - k + step)) / step;
  return result;
}
