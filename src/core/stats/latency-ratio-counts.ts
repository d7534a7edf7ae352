// Counts behind a latency ratio: two latencies of one request in logarithmic buckets. With the arm's bucket moved down by the ratio
// (8 buckets), a request goes up, down or nowhere between two buckets; both ends of the way are counted.
import type { Counts } from '../../model.ts';
import { increase } from './crossings.ts';
import { checkedCount, checkedN, checkedPair, inputInvalid, type Observation } from './statistic.ts';

/** Buckets per ratio: the ratio on the grid is exactly this many buckets. */
export const ratioBuckets = 8;
const smallestMs = 0.1;
const largestMs = 100_000;

/** Edge t stands at 0.1 ms · growth^t; bucket t ends there, bucket `edges` takes all that is slower. */
export interface RatioGrid {
  readonly ratio: number;
  readonly logGrowth: number;
  readonly edges: number;
  /** Ends of all buckets in milliseconds, those of the arm's further eight included. */
  readonly ends: Float64Array;
  /** The bucket at the start of every cell of 1/64 ms below 16 ms, and of every 2 ms below 2048 ms: a guess costs no logarithm. */
  readonly fine: Uint16Array;
  readonly coarse: Uint16Array;
}

export function createRatioGrid(ratio: number): RatioGrid {
  if (!(typeof ratio === 'number' && ratio >= 1.05 && ratio < 2))
    throw inputInvalid(`ratio requires a number from 1.05 to below 2, not ${ratio}`);
  const logGrowth = Math.log(ratio) / ratioBuckets;
  const edges = Math.ceil(Math.log(largestMs / smallestMs) / logGrowth) + 1;
  // A hair longer, so that a latency written as an edge is not pushed over it by rounding.
  const ends = Float64Array.from({ length: edges + ratioBuckets }, (_, edge) => endOf(edge, logGrowth) * (1 + 1e-12));
  const guesses = (width: number): Uint16Array =>
    Uint16Array.from({ length: cells }, (_, cell) => ends.filter((end) => end < cell * width).length);
  return { ratio, logGrowth, edges, ends, fine: guesses(1 / 64), coarse: guesses(2) };
}

const cells = 1024;

function endOf(bucket: number, logGrowth: number): number {
  return smallestMs * Math.exp(logGrowth * bucket);
}

/** Upper end of a bucket in milliseconds. */
export function bucketEndMs(bucket: number, { logGrowth }: RatioGrid): number {
  return endOf(bucket, logGrowth);
}

/** Number of ends below the latency. */
function bucketOf(latencyMs: number, { ends, fine, coarse, logGrowth }: RatioGrid): number {
  let bucket = 0;
  if (latencyMs < 16) bucket = fine[Math.floor(latencyMs * 64)] as number;
  else if (latencyMs < 2048) bucket = coarse[Math.floor(latencyMs / 2)] as number;
  else bucket = Math.min(ends.length, Math.floor(Math.log(latencyMs / smallestMs) / logGrowth) - 1);
  while (bucket < ends.length && (ends[bucket] as number) < latencyMs) bucket += 1;
  return bucket;
}

/** Length of the counts [n, alike, up from, up to, down from, down to], each but n by bucket. */
export function ratioSize({ edges }: RatioGrid): number {
  return 1 + 5 * edges;
}

/** Counts one request (control's milliseconds, the arm's) in place. O(1). */
export function addLatencies(counts: number[], observation: Observation, grid: RatioGrid): void {
  const pair = checkedPair(observation, 'latency-ratio');
  const control = pair[0];
  const arm = pair[1];
  if (!(control >= 0 && arm >= 0)) throw negative(pair);
  const { edges } = grid;
  const from = Math.min(bucketOf(control, grid), edges);
  const to = Math.max(0, bucketOf(arm, grid) - ratioBuckets);
  increase(counts, 0);
  if (from === to) {
    if (from < edges) increase(counts, 1 + from);
    return;
  }
  // "Up" at an edge between: the arm inside, the control above. What lies beyond the last edge crosses no further one.
  const side = to < from ? 1 + edges : 1 + 3 * edges;
  if (from < edges) increase(counts, side + from);
  if (to < edges) increase(counts, side + edges + to);
}

function negative([control, arm]: readonly [number, number]): Error {
  return inputInvalid(`latency-ratio requires two times in milliseconds from 0 up, not ${control} and ${arm}`);
}

/** Checked counts by what they mean, all by edge t. */
export interface RatioCounts {
  readonly n: number;
  readonly edges: number;
  /** Control's latencies in bucket t, and those of them with the arm at or below `ratio` times that bucket's end. */
  readonly control: Float64Array;
  readonly inside: Float64Array;
  /** Arm at or below ratio · edge t and control above edge t; and the other way round. */
  readonly ups: Float64Array;
  readonly downs: Float64Array;
}

/** Throws STATISTIC_INPUT_INVALID when no observations could have given these counts. O(edges). */
export function readRatioCounts(counts: Counts, { edges }: RatioGrid): RatioCounts {
  const n = checkedN(counts);
  const read = {
    n,
    edges,
    control: new Float64Array(edges),
    inside: new Float64Array(edges),
    ups: new Float64Array(edges),
    downs: new Float64Array(edges),
  };
  let [sum, up, down] = [0, 0, 0];
  for (let edge = 0; edge < edges; edge++) {
    const alike = checkedCount(counts[1 + edge]);
    const upFrom = checkedCount(counts[1 + edges + edge]);
    const downFrom = checkedCount(counts[1 + 3 * edges + edge]);
    up += checkedCount(counts[1 + 2 * edges + edge]) - upFrom;
    down += downFrom - checkedCount(counts[1 + 4 * edges + edge]);
    sum += alike + upFrom + downFrom;
    if (!(up >= 0 && up <= n - sum && down >= 0 && down <= sum)) {
      throw inputInvalid(`latency-ratio requires counts that ${n} requests could have given`);
    }
    read.control[edge] = alike + upFrom + downFrom;
    read.inside[edge] = alike + upFrom;
    read.ups[edge] = up;
    read.downs[edge] = down;
  }
  return read;
}
