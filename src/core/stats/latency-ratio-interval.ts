// What is shown beside a latency ratio: the two quantiles' ratio, and an interval from a confidence sequence of each.
// Descriptive: verdicts come from the e-values.
import { betaInterval } from './beta-interval.ts';
import { bucketEndMs, type RatioCounts, type RatioGrid, ratioBuckets } from './latency-ratio-counts.ts';

interface Shown {
  readonly grid: RatioGrid;
  readonly quantile: number;
  readonly alpha: number;
}

/**
 * Relative excess Q_arm/Q_control − 1 of the buckets' ends, with [low, high] from the beta-binomial confidence sequences of both distribution
 * functions at alpha/2 each (Howard and Ramdas, Bernoulli 2022, Theorem 1 on counts); 2.3 % coarse at a ratio of 1.2. O(edges).
 */
export function latencyRatioInterval(
  read: RatioCounts,
  { grid, quantile, alpha }: Shown,
): { estimate: number; interval: readonly [number, number] } {
  const control = placeOf(controlBelow(read), { n: read.n, quantile, alpha: alpha / 2 });
  const arm = placeOf(armBelow(read), { n: read.n, quantile, alpha: alpha / 2 });
  const excess = (armBucket: number, controlBucket: number): number =>
    bucketEndMs(armBucket + ratioBuckets, grid) / bucketEndMs(controlBucket, grid) - 1;
  return {
    estimate: excess(arm.at, control.at),
    interval: [excess(arm.low, control.high), excess(arm.high, control.low)],
  };
}

/** Control's latencies at or below edge t; the last edge is infinity. */
function controlBelow({ n, control }: RatioCounts): number[] {
  let sum = 0;
  const below = Array.from(control, (count) => {
    sum += count;
    return sum;
  });
  return [...below, n];
}

/** The arm's latencies at or below ratio · edge t: the control's, plus those that crossed. */
function armBelow(read: RatioCounts): number[] {
  return controlBelow(read).map((below, edge) =>
    edge === read.edges ? below : below + (read.ups[edge] as number) - (read.downs[edge] as number),
  );
}

/** The bucket of the quantile and the first and last bucket that it may lie in. */
function placeOf(
  below: readonly number[],
  { n, quantile, alpha }: { n: number; quantile: number; alpha: number },
): { at: number; low: number; high: number } {
  const first = (isReached: (hits: number) => boolean): number => {
    let [from, to] = [0, below.length - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (isReached(below[middle] as number)) to = middle;
      else from = middle + 1;
    }
    return from;
  };
  return {
    at: first((hits) => hits >= quantile * n),
    low: first((hits) => betaInterval({ n, hits, alpha })[1] >= quantile),
    high: first((hits) => betaInterval({ n, hits, alpha })[0] >= quantile),
  };
}
