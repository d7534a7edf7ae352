// Bars on error rates under continuous looking: N2 on the boundary, the same for the paired statistic (C1) and for the latency ratio
// with its joint bets (C4), and the coverage of the displayed intervals (C2, C3). Rates may exceed alpha by three
// standard errors of the simulation.
import type { Random } from '../../src/core/random.ts';
import { bernoulli, bernoulliLogE } from '../../src/core/stats/bernoulli.ts';
import { latencyRatio } from '../../src/core/stats/latency-ratio.ts';
import { bucketEndMs, createRatioGrid } from '../../src/core/stats/latency-ratio-counts.ts';
import { zeroCounts } from '../../src/core/stats/statistic.ts';
import { trinomial, trinomialLogE } from '../../src/core/stats/trinomial.ts';
import { type Bar, mostFalse, randomOf, type Setting } from './bar.ts';
import { difference } from './streams.ts';

const alphas = [0.05, 0.01];

export interface Extremes {
  /** Largest evidence for VIOLATED and for HOLDS that a look after every request would have seen. */
  readonly up: number;
  readonly down: number;
}

/** A Bernoulli stream exactly at the tolerance. UP peaks at hits, DOWN just before them, so only those are looked at. */
function boundaryRun(random: Random, { tolerance, requests }: { tolerance: number; requests: number }): Extremes {
  let [n, hits, up, down] = [0, 0, 0, 0];
  while (n < requests) {
    const gap = Math.floor(Math.log(1 - random.uniform()) / Math.log1p(-tolerance));
    const quiet = Math.min(gap, requests - n);
    n += quiet;
    down = Math.max(down, bernoulliLogE([n, hits], tolerance).down);
    if (n >= requests) break;
    n += 1;
    hits += 1;
    up = Math.max(up, bernoulliLogE([n, hits], tolerance).up);
  }
  return { up, down };
}

function pairedBoundaryRun(
  draw: () => number,
  { tolerance, requests }: { tolerance: number; requests: number },
): Extremes {
  let [ups, downs, up, down] = [0, 0, 0, 0];
  for (let n = 0; n < requests; n++) {
    const observation = draw();
    if (observation === 0) continue;
    down = Math.max(down, trinomialLogE([n, ups, downs], tolerance).down);
    if (observation > 0) ups += 1;
    else downs += 1;
    up = Math.max(up, trinomialLogE([n + 1, ups, downs], tolerance).up);
  }
  return { up, down: Math.max(down, trinomialLogE([requests, ups, downs], tolerance).down) };
}

export function falseRates(runs: readonly Extremes[]): { measured: string; met: boolean } {
  const rates = alphas.flatMap((alpha) =>
    (['up', 'down'] as const).map((side) => ({
      alpha,
      rate: runs.filter((run) => run[side] >= Math.log(1 / alpha)).length / runs.length,
    })),
  );
  return {
    measured: rates.map(({ rate }) => rate.toFixed(4)).join(' '),
    met: rates.every(({ alpha, rate }) => rate <= mostFalse(alpha, runs.length)),
  };
}

const mustBeRare = 'false VIOLATED, HOLDS at .05, then at .01 ≤ alpha';

function boundaryBar(tolerance: number): Bar {
  return {
    id: 'N2',
    says: `Bernoulli exactly at the tolerance of ${100 * tolerance} %`,
    must: mustBeRare,
    measure(setting) {
      const [runs, requests] = setting.short ? [1000, 20_000] : [20_000, 100_000];
      return falseRates(
        Array.from({ length: runs }, (_, run) =>
          boundaryRun(randomOf(setting, `N2 ${tolerance} ${run}`), { tolerance, requests }),
        ),
      );
    },
  };
}

function pairedBoundaryBar({ up, down }: { up: number; down: number }): Bar {
  return {
    id: 'C1',
    says: `paired difference exactly at the tolerance of 1 pt, ${100 * up} % up and ${100 * down} % down`,
    must: mustBeRare,
    measure(setting) {
      const [runs, requests] = setting.short ? [500, 10_000] : [5000, 50_000];
      return falseRates(
        Array.from({ length: runs }, (_, run) =>
          pairedBoundaryRun(difference(randomOf(setting, `C1 ${up} ${run}`), { up, down }), {
            tolerance: 0.01,
            requests,
          }),
        ),
      );
    },
  };
}

/** Control and arm with the ratio of their medians exactly at the limit, the control's median at a bucket's end: the boundary of both nulls. */
function latencyBoundaryRun(
  random: Random,
  { correlation, requests }: { correlation: number; requests: number },
): Extremes {
  const counts = zeroCounts(latencyRatio.size);
  const median = bucketEndMs(232, createRatioGrid(1.2));
  let [up, down] = [0, 0];
  for (let n = 1; n <= requests; n++) {
    const control = random.normal();
    const arm = correlation * control + Math.sqrt(1 - correlation * correlation) * random.normal();
    latencyRatio.add(counts, [median * Math.exp(0.5 * control), 1.2 * median * Math.exp(0.5 * arm)]);
    if (n % 25 !== 0) continue;
    const logE = latencyRatio.logE(counts, 0.2);
    [up, down] = [Math.max(up, logE.up), Math.max(down, logE.down)];
  }
  return { up, down };
}

function latencyBoundaryBar(correlation: number): Bar {
  return {
    id: 'C4',
    says: `latency p50 ratio exactly at the limit of 1.2, correlated ${correlation}`,
    must: mustBeRare,
    measure(setting) {
      const [runs, requests] = setting.short ? [30, 400] : [1000, 2000];
      return falseRates(
        Array.from({ length: runs }, (_, run) =>
          latencyBoundaryRun(randomOf(setting, `C4 ${correlation} ${run}`), { correlation, requests }),
        ),
      );
    },
  };
}

interface Coverage {
  readonly id: string;
  readonly says: string;
  readonly mean: number;
  readonly statistic: typeof bernoulli;
  readonly stream: (random: Random) => () => number;
}

/** Whether the interval ever left out the true mean: looked at after each of the first requests, then ever more rarely. */
function everMissed(
  { mean, statistic, stream }: Coverage,
  { random, requests }: { random: Random; requests: number },
): boolean {
  const draw = stream(random);
  const counts = new Array<number>(statistic.size).fill(0);
  let next = 1;
  for (let n = 1; n <= requests; n++) {
    statistic.add(counts, draw());
    if (n < next) continue;
    next = Math.max(n + 1, Math.floor(n * 1.02));
    const { interval } = statistic.evidence(counts, { tolerance: 0.5, alphaViolated: 0.05, alphaHolds: 0.05 });
    if (interval !== null && (interval[0] > mean || interval[1] < mean)) return true;
  }
  return false;
}

function coverageBar(coverage: Coverage): Bar {
  return {
    id: coverage.id,
    says: coverage.says,
    must: 'interval ever without the true mean ≤ .05',
    measure(setting: Setting) {
      const [runs, requests] = setting.short ? [300, 3000] : [4000, 50_000];
      const missed = Array.from({ length: runs }, (_, run) =>
        everMissed(coverage, { random: randomOf(setting, `${coverage.says} ${run}`), requests }),
      ).filter(Boolean).length;
      return { measured: (missed / runs).toFixed(4), met: missed / runs <= mostFalse(0.05, runs) };
    },
  };
}

export const falseAlarmBars: readonly Bar[] = [
  ...[0.01, 0.001, 0.05].map(boundaryBar),
  pairedBoundaryBar({ up: 0.02, down: 0.01 }),
  pairedBoundaryBar({ up: 0.06, down: 0.05 }),
  ...[0, 0.95].map(latencyBoundaryBar),
  ...[0.01, 0.2].map((share) =>
    coverageBar({
      id: 'C2',
      says: `rate of ${100 * share} %`,
      mean: share,
      statistic: bernoulli,
      stream: (random) => difference(random, { up: share, down: 0 }),
    }),
  ),
  coverageBar({
    id: 'C3',
    says: 'paired difference of 1 pt',
    mean: 0.01,
    statistic: trinomial,
    stream: (random) => difference(random, { up: 0.06, down: 0.05 }),
  }),
];
