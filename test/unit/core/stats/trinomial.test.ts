import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trinomial, trinomialLogE } from '../../../../src/core/stats/trinomial.ts';
import { naiveWealth, trinomialDown, trinomialUp } from './naive-wealth.ts';

const claim = { tolerance: 0.01, alphaViolated: 0.01, alphaHolds: 0.01 };

describe('trinomial evidence', () => {
  it('equals the product of the bets, observation by observation', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -1, max: 1 }), { maxLength: 60 }),
        fc.constantFrom(0.001, 0.01, 0.05, 0.3, 0.7),
        (observations, tolerance) => {
          const counts = [0, 0, 0];
          for (const observation of observations) trinomial.add(counts, observation);
          const { up, down } = trinomialLogE(counts, tolerance);
          expect(up).toBeCloseTo(Math.log(naiveWealth(trinomialUp(tolerance), observations, tolerance)), 9);
          expect(down).toBeCloseTo(Math.log(naiveWealth(trinomialDown(tolerance), observations, tolerance)), 9);
        },
      ),
    );
  });

  it('multiplies wealth by an average of exactly 1 when the mean is the tolerance', () => {
    const n = 10;
    for (const [chanceUp, chanceDown] of [
      [0.06, 0.05],
      [0.4, 0.39],
      [0.01, 0],
    ] as const) {
      const mean = { up: 0, down: 0 };
      for (let up = 0; up <= n; up++) {
        for (let down = 0; down <= n - up; down++) {
          const same = n - up - down;
          const ways = factorial(n) / (factorial(up) * factorial(down) * factorial(same));
          const chance = ways * chanceUp ** up * chanceDown ** down * (1 - chanceUp - chanceDown) ** same;
          const logE = trinomialLogE([n, up, down], 0.01);
          mean.up += chance * Math.exp(logE.up);
          mean.down += chance * Math.exp(logE.down);
        }
      }
      expect(Math.abs(mean.up - 1)).toBeLessThan(1e-12);
      expect(Math.abs(mean.down - 1)).toBeLessThan(1e-12);
    }
  });

  it('speaks for "above" and "below" in the right direction', () => {
    const worse = trinomial.evidence([1000, 100, 20], claim);
    expect(worse.estimate).toBeCloseTo(0.08, 12);
    expect(worse.logEUp).toBeGreaterThan(Math.log(100));
    const alike = trinomial.evidence([2000, 10, 10], claim);
    expect(alike.logEDown).toBeGreaterThan(Math.log(100));
    expect(alike.stillNeeded).toBe(0);
  });

  it('stays finite for huge and one-sided counts', () => {
    for (const counts of [
      [1, 1, 0],
      [1, 0, 1],
      [1e15, 1e15, 0],
      [1e15, 0, 1e15],
      [1e15, 0, 0],
      [1e15, 1e14, 1e14],
    ]) {
      for (const tolerance of [1e-9, 0.01, 0.999]) {
        const { logEUp, logEDown, interval } = trinomial.evidence(counts, { ...claim, tolerance });
        expect([logEUp, logEDown, ...(interval ?? [])].every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('forecasts about as many requests as a proof then takes', () => {
    const after100 = trinomial.evidence([100, 1, 1], claim).stillNeeded as number;
    const proven = Array.from({ length: 5000 }, (_, n) => n).find(
      (n) => trinomialLogE([n, Math.round(n / 100), Math.round(n / 100)], 0.01).down >= Math.log(100),
    ) as number;
    expect(after100).toBeGreaterThan(0.5 * proven);
    expect(after100).toBeLessThan(2 * proven);
  });

  it.each([[[10, 6, 5]], [[10, -1, 0]], [[10, 1]], [[0.5, 0, 0]]])('refuses counts %j', (counts) => {
    expect(() => trinomial.evidence(counts, claim)).toThrow(
      expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }),
    );
  });

  it.each([2, -2, 0.5, Number.NaN])('refuses the observation %d and counts nothing', (observation) => {
    const counts = [3, 1, 1];
    expect(() => trinomial.add(counts, observation)).toThrow(/requires an observation of −1, 0 or 1/);
    expect(counts).toEqual([3, 1, 1]);
  });
});

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
