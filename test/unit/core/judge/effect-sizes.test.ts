// Effect sizes of known pairs. The expected figures are scipy 1.17.1's and numpy's on the same 400 pairs: shares in eight bins of (a, b]
// for the first three (jensenshannon(base=2) squared; PSI with 0.001 added to every share), distribution functions at the 63 edges for
// KS, wasserstein_distance of the scores rounded up to 1/64 for the last.
import { describe, expect, it } from 'vitest';
import { effectSizes } from '../../../../src/core/judge/effect-sizes.ts';
import { addScores, createBinning, crossingSize } from '../../../../src/core/stats/crossings.ts';
import { zeroCounts } from '../../../../src/core/stats/statistic.ts';

const binning = createBinning();

function countsOf(pairs: readonly (readonly [number, number])[], by = binning): number[] {
  const counts = zeroCounts(crossingSize(by));
  for (const pair of pairs) addScores(counts, pair, by);
  return counts;
}

const known = Array.from({ length: 400 }, (_, i): readonly [number, number] => {
  const score = ((i * 37) % 101) / 100;
  return [score, Math.min(1, score * 0.9 + ((i * i) % 7) / 50)];
});

describe('effect sizes', () => {
  it('are those of scipy', () => {
    const sizes = effectSizes(countsOf(known), { binning, alpha: 0.01 });
    expect(sizes.map(({ name }) => name)).toEqual([
      'PSI',
      'Jensen–Shannon divergence',
      'Hellinger distance',
      'KS distance',
      'Wasserstein-1 distance',
    ]);
    const expected = [0.04840244548861726, 0.008804820821123542, 0.07829507541435426, 0.055, 0.025234375];
    for (const [index, { estimate }] of sizes.entries()) expect(estimate).toBeCloseTo(expected[index] as number, 12);
  });

  it('each state base, binning and n, and lie inside their interval', () => {
    for (const size of effectSizes(countsOf(known), { binning, alpha: 0.01 })) {
      expect(size.n).toBe(400);
      expect(size.base).not.toBe('');
      expect(size.binning).toMatch(/8 bins, cuts at 0\.125, |63 edges/);
      expect(size.interval[0]).toBeLessThanOrEqual(size.estimate);
      expect(size.interval[1]).toBeGreaterThan(size.estimate);
    }
  });

  it('are 0 for equal scores, with an interval that begins at 0', () => {
    const same = known.map(([score]) => [score, score] as const);
    for (const { estimate, interval } of effectSizes(countsOf(same), { binning, alpha: 0.05 })) {
      expect([estimate, interval[0]]).toEqual([0, 0]);
    }
  });

  it('a smaller alpha gives wider intervals', () => {
    const counts = countsOf(known);
    const wide = effectSizes(counts, { binning, alpha: 0.001 });
    for (const [index, { interval }] of effectSizes(counts, { binning, alpha: 0.05 }).entries()) {
      expect(wide[index]?.interval[1]).toBeGreaterThan(interval[1]);
    }
  });

  it('the Wasserstein distance of values is in their unit', () => {
    const minutes = createBinning({ low: 0, high: 300 });
    const sizes = effectSizes(countsOf([[150, 180]], minutes), { binning: minutes, alpha: 0.01 });
    expect(sizes.at(-1)?.estimate).toBeCloseTo(Math.ceil(180 / (300 / 64)) * (300 / 64) - 150, 9);
  });

  it('there are none before the first pair, and none of unsound counts', () => {
    expect(effectSizes(zeroCounts(crossingSize(binning)), { binning, alpha: 0.01 })).toEqual([]);
    const unsound = zeroCounts(crossingSize(binning));
    unsound[1] = 1;
    expect(() => effectSizes(unsound, { binning, alpha: 0.01 })).toThrow(/crossings/);
    expect(() => effectSizes(countsOf(known), { binning, alpha: 0 })).toThrow(/alpha requires/);
  });
});
