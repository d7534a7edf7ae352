import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundedMean, createBoundedMean } from '../../../../src/core/stats/bounded-mean.ts';
import { differencePoints, distancePoints } from '../../../../src/core/stats/hat-histogram.ts';
import { zeroCounts } from '../../../../src/core/stats/statistic.ts';
import { meanDown, meanUp, naiveWealth } from './naive-wealth.ts';

const signed = createBoundedMean({ signed: true });
const claim = { tolerance: 0.01, alphaViolated: 0.01, alphaHolds: 0.01 };

function countsOf(statistic: typeof boundedMean, observations: readonly number[]): number[] {
  const counts = zeroCounts(statistic.size);
  for (const observation of observations) statistic.add(counts, observation);
  return counts;
}

/** ln of the wealth with each observation credited on the chord between its two points, 1/1024 apart, observation by observation. */
function chordLogE(
  bets: ReturnType<typeof meanUp>,
  observations: readonly number[],
  { points, m }: { points: readonly number[]; m: number },
): number {
  const total = bets.reduce((sum, { weight }) => sum + weight, 0);
  const wealth = bets.reduce((sum, { weight, lambda }) => {
    let log = 0;
    for (const x of observations) {
      const right = points.findIndex((point) => point > x);
      const [a, b] = right < 0 ? [points.at(-1) as number, 2] : [points[right - 1] as number, points[right] as number];
      const share = Math.round(((x - a) / (b - a)) * 1024) / 1024;
      if (share < 1) log += (1 - share) * Math.log(Math.max(0, roundOff(1 + lambda * (a - m))));
      if (share > 0) log += share * Math.log(Math.max(0, roundOff(1 + lambda * (b - m))));
    }
    return sum + (weight / total) * Math.exp(log);
  }, 0);
  return Math.log(wealth);
}

const roundOff = (wealth: number): number => (Math.abs(wealth) < 1e-14 ? 0 : wealth);

describe('bounded mean', () => {
  it('has the declared points, and the same on both sides for signed numbers', () => {
    expect(distancePoints).toHaveLength(23);
    expect(differencePoints).toHaveLength(45);
    expect(boundedMean.size).toBe(24);
    expect(signed.size).toBe(46);
  });

  it('splits an observation between its two neighbours in units of 1/1024', () => {
    expect(
      countsOf(boundedMean, [0.0175])
        .map((count, at) => [at, count])
        .filter(([, count]) => count !== 0),
    ).toEqual([
      [0, 1],
      [9, 512],
      [10, 512],
    ]);
    expect(countsOf(boundedMean, [1]).at(-1)).toBe(1024);
    expect(countsOf(boundedMean, [0])[1]).toBe(1024);
    expect(countsOf(signed, [-1])[1]).toBe(1024);
  });

  it.each([
    ['|difference|', boundedMean, distancePoints, 0],
    ['signed', signed, differencePoints, -1],
  ] as const)('equals the product of the chords, observation by observation: %s', (_, statistic, points, low) => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: low, max: 1, noNaN: true }), { maxLength: 40 }),
        fc.constantFrom(0.001, 0.01, 0.05, 0.3, 0.7),
        (observations, m) => {
          const { up, down } = statistic.logE(countsOf(statistic, observations), m);
          const naiveUp = chordLogE(meanUp(m, low), observations, { points, m });
          const naiveDown = chordLogE(meanDown(m), observations, { points, m });
          expect(Math.abs(up - naiveUp)).toBeLessThan(1e-9 * (1 + Math.abs(naiveUp)));
          expect(Math.abs(down - naiveDown)).toBeLessThan(1e-9 * (1 + Math.abs(naiveDown)));
        },
      ),
    );
  });

  it('never credits more than the true wealth', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (observations) => {
          // The metric is defined on the rounded numbers, so the truth is taken on them.
          const rounded = observations.map((x) => roundedTo(x, distancePoints));
          const { up, down } = boundedMean.logE(countsOf(boundedMean, observations), 0.05);
          expect(up).toBeLessThanOrEqual(Math.log(naiveWealth(meanUp(0.05, 0), rounded, 0.05)) + 1e-9);
          expect(down).toBeLessThanOrEqual(Math.log(naiveWealth(meanDown(0.05), rounded, 0.05)) + 1e-9);
        },
      ),
    );
  });

  it('multiplies wealth by an average of exactly 1 when the mean is the tolerance', () => {
    for (const [statistic, low, high, m] of [
      [boundedMean, 0, 0.02, 0.01],
      [boundedMean, 0, 1, 0.3],
      [signed, -1, 1, 0.2],
      [signed, -0.1, 0.13, 0.01],
    ] as const) {
      const share = (m - low) / (high - low);
      const mean = { up: 0, down: 0 };
      for (let highs = 0; highs <= 10; highs++) {
        const counts = countsOf(
          statistic,
          Array.from({ length: 10 }, (_, index) => (index < highs ? high : low)),
        );
        const chance = choose(10, highs) * share ** highs * (1 - share) ** (10 - highs);
        const { up, down } = statistic.logE(counts, m);
        mean.up += chance * Math.exp(up);
        mean.down += chance * Math.exp(down);
      }
      expect(Math.abs(mean.up - 1)).toBeLessThan(1e-12);
      expect(Math.abs(mean.down - 1)).toBeLessThan(1e-12);
    }
  });

  it('proves a small mean and a large one, and says what is still needed', () => {
    const small = boundedMean.evidence(countsOf(boundedMean, new Array<number>(700).fill(0.001)), claim);
    expect(small.logEDown).toBeGreaterThan(Math.log(100));
    expect(small.estimate).toBeCloseTo(0.001, 12);
    expect(small.stillNeeded).toBe(0);
    const large = boundedMean.evidence(countsOf(boundedMean, new Array<number>(100).fill(0.05)), claim);
    expect(large.logEUp).toBeGreaterThan(Math.log(100));
    const early = boundedMean.evidence(countsOf(boundedMean, new Array<number>(100).fill(0.001)), claim);
    expect(early.stillNeeded).toBeGreaterThan(300);
    expect(early.stillNeeded).toBeLessThan(700);
  });

  it('inverts its e-values into the interval', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 0.3, noNaN: true }), { minLength: 2, maxLength: 200 }),
        (observations) => {
          const counts = countsOf(boundedMean, observations);
          const [low, high] = boundedMean.evidence(counts, claim).interval as readonly [number, number];
          const level = Math.log(2 / 0.01);
          if (low > 1e-6) expect(boundedMean.logE(counts, low).up).toBeCloseTo(level, 6);
          if (high < 1) expect(boundedMean.logE(counts, high).down).toBeCloseTo(level, 6);
        },
      ),
    );
  });

  it('refuses weights that are not n observations', () => {
    const counts = countsOf(boundedMean, [0.2, 0.3]);
    expect(() => boundedMean.evidence(counts.with(0, 3), claim)).toThrow(
      /requires weights of 1024 for each observation/,
    );
  });
});

function roundedTo(x: number, points: readonly number[]): number {
  const right = points.findIndex((point) => point > x);
  if (right < 0) return points.at(-1) as number;
  const [a, b] = [points[right - 1] as number, points[right] as number];
  return a + ((b - a) * Math.round(((x - a) / (b - a)) * 1024)) / 1024;
}

function choose(n: number, k: number): number {
  return k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k;
}
