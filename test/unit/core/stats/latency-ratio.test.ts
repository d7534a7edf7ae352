import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLatencyRatio, latencyRatio } from '../../../../src/core/stats/latency-ratio.ts';
import { createRatioBets } from '../../../../src/core/stats/latency-ratio-bets.ts';
import { bucketEndMs, createRatioGrid } from '../../../../src/core/stats/latency-ratio-counts.ts';
import { logWealth } from '../../../../src/core/stats/mixture.ts';
import { type Statistic, zeroCounts } from '../../../../src/core/stats/statistic.ts';
import { bernoulliDown, bernoulliUp, type NaiveBet, naiveWealth, trinomialDown, trinomialUp } from './naive-wealth.ts';

type Latencies = readonly [control: number, arm: number];

const claim = { tolerance: 0.2, alphaViolated: 0.01, alphaHolds: 0.01 };
const latency = fc.double({ min: 5, max: 60, noNaN: true });
const requests = fc.array(fc.tuple(latency, latency), { minLength: 1, maxLength: 30 });

function countsOf(statistic: Statistic, seen: readonly Latencies[]): number[] {
  const counts = zeroCounts(statistic.size);
  for (const one of seen) statistic.add(counts, one);
  return counts;
}

/** The plain formula edge by edge from the latencies themselves; `cOf` gives C_t from the two indicators. */
function naive(
  seen: readonly Latencies[],
  { p, ratio, shares, cOf }: { p: number; ratio: number; shares: readonly number[]; cOf: CandidateOf },
): { up: number; down: number } {
  const grid = createRatioGrid(ratio);
  const least = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };
  const [a, b, c] = shares as [number, number, number];
  for (let t = 0; t <= grid.edges; t++) {
    const edge = t === grid.edges ? Number.POSITIVE_INFINITY : bucketEndMs(t, grid);
    const before = t === 0 ? 0 : bucketEndMs(t - 1, grid);
    const tooLow = naiveWealth(
      bernoulliUp(1 - p),
      seen.map(([control]) => Number(control > edge)),
      1 - p,
    );
    const tooHigh = naiveWealth(
      bernoulliDown(1 - p),
      seen.map(([control]) => Number(control > before)),
      1 - p,
    );
    const arms = seen.map(([, arm]) => Number(arm <= ratio * edge));
    const obeys = cOf(
      seen.map(([control]) => Number(control <= edge)),
      arms,
    ).obeys;
    const breaks = cOf(
      seen.map(([control]) => Number(control <= before)),
      arms,
    ).breaks;
    least.up = Math.min(least.up, a * tooLow + b * tooHigh + c * breaks);
    least.down = Math.min(least.down, a * tooLow + b * tooHigh + c * obeys);
  }
  return { up: Math.log(least.up), down: Math.log(least.down) };
}

type CandidateOf = (control: readonly number[], arm: readonly number[]) => { obeys: number; breaks: number };

/** The trinomial at tolerance 0. */
const paired: CandidateOf = (control, arm) => {
  const xs = arm.map((inside, index) => inside - (control[index] as number));
  return { obeys: naiveWealth(trinomialUp(0), xs, 0), breaks: naiveWealth(trinomialDown(0), xs, 0) };
};

/** Bets on D + tilt · A, as fractions of the largest that cannot ruin. */
function joint(p: number): CandidateOf {
  return (control, arm) => {
    const wealth = (side: number): number => {
      const all: number[] = [];
      for (const tilt of [1.5, 0.7]) {
        const payoffOf = (c: number, a: number): number => side * (a - p + tilt * (p - c));
        const worst = -Math.min(payoffOf(0, 0), payoffOf(0, 1), payoffOf(1, 0), payoffOf(1, 1));
        const xs = control.map((c, index) => payoffOf(c, arm[index] as number));
        const bets: NaiveBet[] = [0.7, 0.4, 0.2, 0.08].map((f, at) => ({
          weight: [3, 3, 2, 1][at] as number,
          lambda: f / worst,
        }));
        all.push(naiveWealth(bets, xs, 0));
      }
      return ((all[0] as number) + (all[1] as number)) / 2;
    };
    return { obeys: wealth(1), breaks: wealth(-1) };
  };
}

describe('latency ratio', () => {
  it.each([0.5, 0.9])('the plain engine equals its formula edge by edge, at quantile %d', (quantile) => {
    const statistic = createLatencyRatio({ quantile, engine: 'paired' });
    fc.assert(
      fc.property(requests, (seen) => {
        const { up, down } = statistic.logE(countsOf(statistic, seen), 0.2);
        const expected = naive(seen, { p: quantile, ratio: 1.2, shares: [1 / 3, 1 / 3, 1 / 3], cOf: paired });
        expect(Math.abs(up - expected.up)).toBeLessThan(1e-9);
        expect(Math.abs(down - expected.down)).toBeLessThan(1e-9);
      }),
      { numRuns: 15 },
    );
  });

  it.each([
    [0.5, 1.2],
    [0.9, 1.5],
  ])('the joint engine equals its bets edge by edge, at quantile %d and ratio %d', (quantile, ratio) => {
    const statistic = createLatencyRatio({ quantile, ratio });
    fc.assert(
      fc.property(requests, (seen) => {
        const { up, down } = statistic.logE(countsOf(statistic, seen), ratio - 1);
        const expected = naive(seen, { p: quantile, ratio, shares: [0.02, 0.02, 0.96], cOf: joint(quantile) });
        expect(Math.abs(up - expected.up)).toBeLessThan(1e-9);
        expect(Math.abs(down - expected.down)).toBeLessThan(1e-9);
      }),
      { numRuns: 15 },
    );
  });

  it.each(['joint', 'paired'] as const)(
    '%s: C_t averages exactly 1 at the quantile when the ratio is exactly met',
    (engine) => {
      for (const p of [0.5, 0.9]) {
        // Any joint distribution of the two indicators whose margins are both p.
        for (const both of [p * p, p - 0.05]) {
          const chances = [both, p - both, p - both, 1 - 2 * p + both];
          const { obeys, breaks } = createRatioBets(p, engine);
          const mean = { obeys: 0, breaks: 0 };
          forEachTable(6, (cells, ways) => {
            const chance = ways * cells.reduce((product, count, at) => product * (chances[at] as number) ** count, 1);
            mean.obeys += chance * Math.exp(logWealth(obeys, cells));
            mean.breaks += chance * Math.exp(logWealth(breaks, cells));
          });
          expect(Math.abs(mean.obeys - 1)).toBeLessThan(1e-12);
          expect(Math.abs(mean.breaks - 1)).toBeLessThan(1e-12);
        }
      }
    },
  );

  it('proves alike latencies alike and slow ones slow, and says so in relative excess', () => {
    const base = Array.from({ length: 400 }, (_, index) => 20 + (index % 40));
    const alike = latencyRatio.evidence(
      countsOf(
        latencyRatio,
        base.map((ms): Latencies => [ms, ms]),
      ),
      claim,
    );
    expect(alike.logEDown).toBeGreaterThan(Math.log(100));
    expect(alike.estimate).toBeCloseTo(0, 12);
    const slow = latencyRatio.evidence(
      countsOf(
        latencyRatio,
        base.map((ms): Latencies => [ms, 1.6 * ms]),
      ),
      claim,
    );
    expect(slow.logEUp).toBeGreaterThan(Math.log(100));
    expect(slow.estimate).toBeGreaterThan(0.55);
    expect(slow.estimate).toBeLessThan(0.65);
    const [low, high] = slow.interval as readonly [number, number];
    expect(low).toBeLessThan(0.6);
    expect(high).toBeGreaterThan(0.6);
  });

  it('counts a latency written as an edge below it, and everything beyond the grid', () => {
    const grid = createRatioGrid(1.2);
    for (const edge of [0, 1, 7, 8, 200, 400, grid.edges - 1]) {
      const counts = countsOf(latencyRatio, [[bucketEndMs(edge, grid), bucketEndMs(edge + 8, grid)]]);
      expect(counts[1 + edge]).toBe(1);
    }
    expect(countsOf(latencyRatio, [[1e9, 1e9]])[0]).toBe(1);
    expect(countsOf(latencyRatio, [[0, 0]])[1]).toBe(1);
  });

  it('judges no other ratio than the one it counted for', () => {
    const counts = zeroCounts(latencyRatio.size);
    expect(() => latencyRatio.logE(counts, 0.3)).toThrow(/counted for a tolerance of 0.2 cannot judge 0.3/);
    expect(() => latencyRatio.evidence(counts, { ...claim, tolerance: 0.3 })).toThrow(/cannot judge 0.3/);
    expect(createLatencyRatio({ ratio: 1.3 }).logE(zeroCounts(createLatencyRatio({ ratio: 1.3 }).size), 0.3)).toEqual({
      up: 0,
      down: 0,
    });
  });

  it.each([
    [{ ratio: 1 }],
    [{ ratio: 2 }],
    [{ ratio: Number.NaN }],
    [{ ratio: '1.2' as never }],
    [{ quantile: 0 }],
    [{ quantile: 1 }],
    [{ quantile: Number.MIN_VALUE }],
    [{ quantile: '0.5' as never }],
    [{ engine: 'plain' as never }],
  ])('refuses %o', (options) => {
    expect(() => createLatencyRatio(options)).toThrow(expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }));
  });

  it.each([1e-15, 1 - Number.EPSILON / 2])('knows the quantile %d', (quantile) => {
    const statistic = createLatencyRatio({ quantile });
    const counts = zeroCounts(statistic.size);
    for (const pair of [[10, 12] as const, [30, 20] as const]) statistic.add(counts, pair);
    const { up, down } = statistic.logE(counts, 0.2);
    expect([up, down].every(Number.isFinite)).toBe(true);
  });
});

/** Every way to put n observations into four cells, with its multinomial number of orders. */
function forEachTable(n: number, visit: (cells: readonly number[], ways: number) => void): void {
  const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));
  for (let a = 0; a <= n; a++)
    for (let b = 0; a + b <= n; b++)
      for (let c = 0; a + b + c <= n; c++) {
        const d = n - a - b - c;
        visit([a, b, c, d], factorial(n) / (factorial(a) * factorial(b) * factorial(c) * factorial(d)));
      }
}
