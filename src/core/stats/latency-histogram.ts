// Latency counts: logarithmic buckets as integers, 2.3 % apart, that merge by addition; quantiles are read out of them.
// Shown as p50 and p99; the judgement of latency ratios reads the same buckets.
import type { Counts } from '../../model.ts';
import { checkedCount, inputInvalid, isFromZeroUp, zeroCounts } from './statistic.ts';

/** Bucket 0 ends at 0.1 ms; every further bucket ends 1.2^(1/8) times later; the last takes all that is slower (131 s). */
const smallestMs = 0.1;
const logGrowth = Math.log(1.2) / 8;
export const latencyBuckets = 620;

/** Counts of no latency yet: one integer for each of 620 buckets. */
export function createLatencyCounts(): number[] {
  return zeroCounts(latencyBuckets);
}

/** Upper end of a bucket in milliseconds; the last bucket, which has none, gives its lower end. */
export function latencyBucketEndMs(bucket: number): number {
  return smallestMs * Math.exp(logGrowth * Math.min(bucket, latencyBuckets - 2));
}

export function latencyBucketOf(latencyMs: number): number {
  if (!isFromZeroUp(latencyMs)) throw inputInvalid(`latency requires milliseconds from 0 up, not ${String(latencyMs)}`);
  if (latencyMs <= smallestMs) return 0;
  const bucket = Math.ceil(Math.log(latencyMs / smallestMs) / logGrowth - 1e-9);
  return Math.min(bucket, latencyBuckets - 1);
}

/** Counts one latency in place. O(1). Throws STATISTIC_INPUT_INVALID on NaN and negative times. */
export function addLatency(counts: number[], latencyMs: number): void {
  const bucket = latencyBucketOf(latencyMs);
  counts[bucket] = (counts[bucket] as number) + 1;
}

/**
 * The quantile's bucket, read at its upper end: at least the share `p` of latencies was this fast (2.3 % coarse).
 * Null without data. O(buckets).
 *
 * @example
 * const counts = createLatencyCounts();
 * for (const latencyMs of [20, 21, 22, 350]) addLatency(counts, latencyMs);
 * latencyQuantile(counts, 0.5) // 21.1…
 */
export function latencyQuantile(counts: Counts, p: number): number | null {
  if (!(isFromZeroUp(p) && p > 0 && p <= 1))
    throw inputInvalid(`a quantile requires a share above 0 and at most 1, not ${String(p)}`);
  let n = 0;
  for (const count of counts) n += checkedCount(count);
  if (n === 0) return null;
  const rank = Math.ceil(p * n - 1e-9);
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket] as number;
    if (seen >= rank) return latencyBucketEndMs(bucket);
  }
  return latencyBucketEndMs(counts.length - 1);
}
