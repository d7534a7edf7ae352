// Paired scores counted at declared edges, in integers that merge by addition: for each edge how often the arm's score crossed it
// downwards or upwards from production's on the same request, and how production's scores are spread over the bins between.
import type { Counts } from '../../model.ts';
import { checkedCount, checkedN, checkedPair, inputInvalid, type Observation } from './statistic.ts';

/** Where scores are told apart. A score on an edge belongs below it. */
export interface Binning {
  readonly low: number;
  readonly high: number;
  /** Strictly ascending, between low and high. */
  readonly edges: readonly number[];
  /** Bins per unit of the score where all are equally wide, else 0: then a bin is guessed instead of searched. */
  readonly binsPerUnit: number;
}

/** What a binning is made of; scores from 0 to 1 at 63 edges unless given. */
export interface BinningOptions {
  readonly low?: number;
  readonly high?: number;
  readonly edges?: readonly number[];
}

const standardEdges = 63;

/** A checked binning; without declared edges 63 equally spaced ones. Throws STATISTIC_INPUT_INVALID. */
export function createBinning({ low = 0, high = 1, edges }: BinningOptions = {}): Binning {
  if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    throw inputInvalid(`edges require a finite low below a finite high, not ${low} and ${high}`);
  }
  const declared =
    edges === undefined
      ? Array.from({ length: standardEdges }, (_, index) => low + ((index + 1) * (high - low)) / (standardEdges + 1))
      : edges;
  if (!areEdges(declared, { low, high })) {
    throw inputInvalid(
      `edges require at least one number, strictly ascending, above ${low} and below ${high}, not ${JSON.stringify(declared)}`,
    );
  }
  const binsPerUnit = edges === undefined ? (standardEdges + 1) / (high - low) : 0;
  return { low, high, edges: declared, binsPerUnit };
}

function areEdges(edges: unknown, { low, high }: { low: number; high: number }): boolean {
  if (!Array.isArray(edges) || edges.length === 0) return false;
  let before = low;
  for (const edge of edges as readonly unknown[]) {
    if (typeof edge !== 'number' || !(edge > before && edge < high)) return false;
    before = edge;
  }
  return true;
}

/** Number of edges below the score: its bin. O(1) for equal bins, O(log edges) for declared ones. */
export function binOf(score: number, { low, edges, binsPerUnit }: Binning): number {
  let from = 0;
  let to = edges.length;
  if (binsPerUnit > 0) {
    // The guess is right up to rounding, which the two loops put straight.
    let bin = Math.min(to, Math.max(0, Math.ceil((score - low) * binsPerUnit) - 1));
    while (bin < to && (edges[bin] as number) < score) bin += 1;
    while (bin > 0 && (edges[bin - 1] as number) >= score) bin -= 1;
    return bin;
  }
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((edges[middle] as number) < score) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Length of the counts [n, up at each edge, down at each edge, production's scores in each bin but the last]. */
export function crossingSize({ edges }: Binning): number {
  return 1 + 3 * edges.length;
}

/** Counts one pair (production's score, the arm's) in place. O(1) for equal scores, O(edges between them) else. */
export function addScores(counts: number[], observation: Observation, binning: Binning): void {
  const pair = checkedPair(observation, 'paired scores');
  const baseline = pair[0];
  const arm = pair[1];
  const { low, high, edges } = binning;
  if (!(baseline >= low && baseline <= high && arm >= low && arm <= high)) throw outOfRange(pair, binning);
  const from = binOf(baseline, binning);
  const to = arm === baseline ? from : binOf(arm, binning);
  counts[0] = (counts[0] as number) + 1;
  addCrossing(counts, { from, to, up: 1, down: 1 + edges.length });
  if (from < edges.length) increase(counts, 1 + 2 * edges.length + from);
}

function outOfRange([baseline, arm]: readonly [number, number], { low, high }: Binning): Error {
  return inputInvalid(`paired scores require two numbers from ${low} to ${high}, not ${baseline} and ${arm}`);
}

/** Counts every edge between two bins: at `up` when the arm's bin is the lower one, at `down` when it is the higher. */
export function addCrossing(
  counts: number[],
  { from, to, up, down }: { from: number; to: number; up: number; down: number },
): void {
  const start = from < to ? down + from : up + to;
  const end = from < to ? down + to : up + from;
  for (let index = start; index < end; index++) counts[index] = (counts[index] as number) + 1;
}

export function increase(counts: number[], index: number): void {
  counts[index] = (counts[index] as number) + 1;
}

/** Checked counts by what they mean. */
export interface Crossings {
  readonly n: number;
  readonly ups: readonly number[];
  readonly downs: readonly number[];
  /** Production's scores in each bin, the last included. */
  readonly baseline: readonly number[];
}

/** Throws STATISTIC_INPUT_INVALID when no observations could have given these counts. O(edges). */
export function readCrossings(counts: Counts, { edges }: Binning): Crossings {
  const n = checkedN(counts);
  const [ups, downs, baseline] = [0, 1, 2].map((part) =>
    edges.map((_, edge) => checkedCount(counts[1 + part * edges.length + edge])),
  ) as [number[], number[], number[]];
  const last = n - baseline.reduce((sum, count) => sum + count, 0);
  const isSound = last >= 0 && ups.every((up, edge) => up + (downs[edge] as number) <= n);
  if (!isSound) throw inputInvalid(`paired scores require at most ${n} crossings of an edge and ${n} scores in all`);
  return { n, ups, downs, baseline: [...baseline, last] };
}

/** The trinomial cells of one edge: observations of −1, 0 and 1. */
export function edgeCells({ n, ups, downs }: Crossings, edge: number): readonly [number, number, number] {
  const up = ups[edge] as number;
  const down = downs[edge] as number;
  return [down, n - up - down, up];
}
