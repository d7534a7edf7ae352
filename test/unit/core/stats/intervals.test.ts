import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaInterval } from '../../../../src/core/stats/beta-interval.ts';
import { trinomialInterval } from '../../../../src/core/stats/trinomial-interval.ts';
import { naiveWealth, trinomialDown, trinomialUp } from './naive-wealth.ts';

const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });

describe('betaInterval', () => {
  it('agrees with bisection on the beta-binomial ratio', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 120 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const hits = Math.round(share * n);
        const [low, high] = betaInterval({ n, hits, alpha: 0.01 });
        const isIn = (p: number): boolean => betaRatio({ n, hits, p }) < 100;
        if (hits > 0)
          expect(low).toBeCloseTo(
            bisect((p) => !isIn(p), { low: 0, high: hits / n }),
            9,
          );
        else expect(low).toBe(0);
        if (hits < n) expect(high).toBeCloseTo(bisect(isIn, { low: hits / n, high: 1 }), 9);
        else expect(high).toBe(1);
      }),
    );
  });

  it('refuses counts and error rates that are none', () => {
    for (const wrong of [
      { n: 10, hits: 20, alpha: 0.01 },
      { n: 10, hits: -1, alpha: 0.01 },
      { n: 10.5, hits: 1, alpha: 0.01 },
      { n: 10, hits: Number.NaN, alpha: 0.01 },
      { n: 10, hits: 1, alpha: 1 },
      { n: 10, hits: 1, alpha: '0.01' as never },
    ]) {
      expect(() => betaInterval(wrong)).toThrow(refused);
    }
    expect(betaInterval({ n: 0, hits: 0, alpha: 0.01 })).toEqual([0, 1]);
  });

  it('contains the estimate and narrows with the data', () => {
    const widths = [100, 10_000, 1_000_000].map((n) => {
      const [low, high] = betaInterval({ n, hits: n / 50, alpha: 0.05 });
      expect(low).toBeLessThan(0.02);
      expect(high).toBeGreaterThan(0.02);
      return high - low;
    });
    expect(widths).toEqual([...widths].sort((a, b) => b - a));
    expect(widths[2]).toBeLessThan(0.0015);
  });
});

describe('trinomialInterval', () => {
  it('agrees with bisection on the e-processes', () => {
    fc.assert(
      fc.property(fc.nat(25), fc.nat(60), fc.nat(25), (up, same, down) => {
        fc.pre(up + same + down > 0);
        const observations = [
          ...new Array<number>(up).fill(1),
          ...new Array<number>(same).fill(0),
          ...new Array<number>(down).fill(-1),
        ];
        const estimate = (up - down) / observations.length;
        const [low, high] = trinomialInterval({ up, same, down, alpha: 0.02 });
        const ruledOutBelow = (t: number): boolean => naiveWealth(trinomialUp(t), observations, t) >= 100;
        const keptAbove = (t: number): boolean => naiveWealth(trinomialDown(t), observations, t) < 100;
        expect(low).toBeCloseTo(bisect(ruledOutBelow, { low: -1, high: estimate }), 7);
        expect(high).toBeCloseTo(bisect(keptAbove, { low: estimate, high: 1 }), 7);
      }),
    );
  });

  it('refuses counts and error rates that are none', () => {
    const sound = { up: 1, same: 2, down: 3, alpha: 0.01 };
    for (const wrong of [{ up: -5 }, { same: 0.5 }, { down: Number.NaN }, { alpha: 0 }, { alpha: 2 }]) {
      expect(() => trinomialInterval({ ...sound, ...wrong })).toThrow(refused);
    }
  });

  it('is the mirror image under exchanged sides as far as the two grids are', () => {
    const [low, high] = trinomialInterval({ up: 0, same: 1000, down: 0, alpha: 0.01 });
    expect(low).toBeGreaterThan(-0.01);
    expect(low).toBeLessThan(0);
    expect(high).toBeGreaterThan(0);
    expect(high).toBeLessThan(0.01);
  });

  it('reaches the ends of what is possible', () => {
    expect(trinomialInterval({ up: 0, same: 0, down: 50, alpha: 0.01 })[0]).toBe(-1);
    expect(trinomialInterval({ up: 50, same: 0, down: 0, alpha: 0.01 })[1]).toBe(1);
  });
});

/** The point between where `isBefore` stops being true. */
function bisect(isBefore: (p: number) => boolean, { low, high }: { low: number; high: number }): number {
  let [from, to] = [low, high];
  for (let step = 0; step < 60; step++) {
    const middle = (from + to) / 2;
    if (isBefore(middle)) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}

/** Beta(1/2, 1/2)-binomial likelihood ratio against p, multiplied up request by request (Krichevsky–Trofimov). */
function betaRatio({ n, hits, p }: { n: number; hits: number; p: number }): number {
  let ratio = 1;
  for (let index = 0; index < n; index++) {
    const isHit = index < hits;
    const before = isHit ? index : index - hits;
    ratio *= (before + 0.5) / (index + 1) / (isHit ? p : 1 - p);
  }
  return ratio;
}
