import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBins } from '../../../../src/core/stats/binned-shares.ts';
import { boundTerms, type Term } from '../../../../src/core/stats/divergence.ts';
import { hellinger } from '../../../../src/core/stats/hellinger.ts';
import { jensenShannon } from '../../../../src/core/stats/jensen-shannon.ts';
import { createPairedKs, pairedKs } from '../../../../src/core/stats/paired-ks.ts';
import { judgePsi, psi } from '../../../../src/core/stats/psi.ts';
import { zeroCounts } from '../../../../src/core/stats/statistic.ts';
import { ksDistance, wasserstein } from '../../../../src/core/stats/wasserstein.ts';

const quarters = createPairedKs({ edges: [0.25, 0.5, 0.75] });
const middle = [0.1, 0.3, 0.6, 0.9];

/** 1000 requests: production spread evenly over the quarters, the arm with shares .1, .2, .3, .4. */
function skewedCounts(): number[] {
  const counts = zeroCounts(quarters.size);
  const arm = [100, 200, 300, 400].flatMap((count, bin) => new Array<number>(count).fill(middle[bin] as number));
  for (const [index, score] of arm.entries()) quarters.add(counts, [middle[index % 4] as number, score]);
  return counts;
}

function sameCounts(n: number): number[] {
  const counts = zeroCounts(pairedKs.size);
  for (let index = 0; index < n; index++) pairedKs.add(counts, [(index % 64) / 64, (index % 64) / 64]);
  return counts;
}

describe('divergences of (.25 .25 .25 .25) and (.1 .2 .3 .4)', () => {
  const counts = skewedCounts();
  const bins = readBins(counts, quarters.binning, { alpha: 0.05 });
  if (bins === null) throw new Error('there are data');

  it('reads both sides’ shares out of the crossings', () => {
    expect(bins.shares.map(({ baseline }) => baseline)).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(bins.shares.map(({ arm }) => arm)).toEqual([0.1, 0.2, 0.3, 0.4]);
    expect(bins.cuts).toEqual([0.25, 0.5, 0.75]);
  });

  // scipy 1.17.1: jensenshannon(p, q, base=2)**2; sum of entropy(p', q') and entropy(q', p') of the smoothed shares;
  // wasserstein_distance([.25, .5, .75, 1], [.25, .5, .75, 1], p, q); Hellinger by numpy from its definition.
  it.each([
    ['Jensen–Shannon', jensenShannon(bins), 0.0402015823461419],
    ['PSI', psi(bins), 0.22611195657797456],
    ['Hellinger', hellinger(bins), 0.16789959640267477],
    ['Wasserstein-1', wasserstein(counts, quarters.binning, { alpha: 0.05 }), 0.125],
    ['KS', ksDistance(counts, quarters.binning, { alpha: 0.05 }), 0.2],
  ])('%s agrees with scipy, says base and binning, and lies in its interval', (_, divergence, expected) => {
    if (divergence === null) throw new Error('there are data');
    expect(divergence.estimate).toBeCloseTo(expected, 12);
    expect(divergence.base).not.toBe('');
    expect(divergence.binning).toMatch(/\d/);
    const [low, high] = divergence.interval;
    expect(low).toBeGreaterThan(0);
    expect(low).toBeLessThan(expected);
    expect(high).toBeGreaterThan(expected);
  });
});

describe('bounds', () => {
  const kullback: Term = (p, q) => (p === 0 ? q : p * Math.log(p / Math.max(q, 1e-9)) - p + q);
  const square: Term = (p, q) => (Math.sqrt(p) - Math.sqrt(q)) ** 2;

  it.each([
    ['squared roots', square],
    ['Kullback–Leibler', kullback],
  ])('hold for every pair of shares that the bin’s bounds allow: %s', (_, term) => {
    const unit = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(unit, unit, unit, unit, unit, unit, (a, b, c, d, e, f) => {
        const ordered = (x: number, y: number): readonly [number, number] => (x < y ? [x, y] : [y, x]);
        const [p, q] = [ordered(a, b), ordered(c, d)];
        const differenceBounds = ordered(2 * e - 1, 2 * f - 1);
        const bin = { baseline: 0, arm: 0, baselineBounds: p, armBounds: q, differenceBounds };
        const [low, high] = boundTerms({ n: 1, cuts: [], shares: [bin] }, term);
        for (let i = 0; i <= 12; i++)
          for (let j = 0; j <= 12; j++) {
            const [share, arm] = [p[0] + ((p[1] - p[0]) * i) / 12, q[0] + ((q[1] - q[0]) * j) / 12];
            if (arm - share < differenceBounds[0] || arm - share > differenceBounds[1]) continue;
            expect(term(share, arm)).toBeGreaterThanOrEqual(low - 1e-9);
            expect(term(share, arm)).toBeLessThanOrEqual(high + 1e-9);
          }
      }),
    );
  });
});

describe('a limit on PSI', () => {
  const claim = { limit: 0.1, alphaViolated: 0.01, alphaHolds: 0.01 };

  it('is proven for identical scores in under a thousand requests, and not known before, with advice', () => {
    expect(judgePsi(sameCounts(200), pairedKs.binning, claim)).toMatchObject({ verdict: 'UNDECIDED' });
    expect(judgePsi(sameCounts(200), pairedKs.binning, claim).advice).toMatch(/paired KS/);
    expect(judgePsi(sameCounts(1000), pairedKs.binning, claim)).toMatchObject({ verdict: 'HOLDS', advice: null });
  });

  it('is violated by a shift whose lower bound exceeds it', () => {
    const counts = zeroCounts(pairedKs.size);
    for (let index = 0; index < 2000; index++) pairedKs.add(counts, [(index % 64) / 64, ((index % 64) / 64) ** 2]);
    const judged = judgePsi(counts, pairedKs.binning, claim);
    expect(judged.verdict).toBe('VIOLATED');
    expect(judged.psi?.interval[0]).toBeGreaterThan(0.1);
  });

  it('is not known without data', () => {
    expect(judgePsi(sameCounts(0), pairedKs.binning, claim)).toMatchObject({ verdict: 'UNDECIDED', psi: null });
  });

  it('refuses error rates that are none, as every divergence does', () => {
    const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });
    const counts = sameCounts(64);
    for (const wrong of [0, 1, 2, 5, Number.NaN, '0.01'] as number[]) {
      expect(() => judgePsi(counts, pairedKs.binning, { ...claim, alphaViolated: wrong })).toThrow(refused);
      expect(() => judgePsi(counts, pairedKs.binning, { ...claim, alphaHolds: wrong })).toThrow(refused);
      for (const read of [readBins, wasserstein, ksDistance]) {
        expect(() => read(counts, pairedKs.binning, { alpha: wrong })).toThrow(refused);
      }
    }
    expect(() => readBins(null as never, pairedKs.binning, { alpha: 0.05 })).toThrow(refused);
  });

  it('uses 8 equal bins of the 64, or at most ten declared ones', () => {
    expect(readBins(sameCounts(64), pairedKs.binning, { alpha: 0.05 })?.shares).toHaveLength(8);
    const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });
    for (const cuts of [[], [0.3], [0.5, 0.25], pairedKs.binning.edges.slice(0, 10)]) {
      expect(() => readBins(sameCounts(64), pairedKs.binning, { alpha: 0.05, cuts })).toThrow(refused);
    }
    expect(readBins(sameCounts(64), pairedKs.binning, { alpha: 0.05, cuts: [0.5] })?.shares).toHaveLength(2);
    expect(() => judgePsi(sameCounts(64), pairedKs.binning, { ...claim, limit: 0 })).toThrow(refused);
  });
});
