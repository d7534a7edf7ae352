// What every divergence between two binned distributions has: its base and binning said, an estimate, and bounds that hold at any moment.
// Divergences are effect sizes to look at; only PSI may carry a limit, because people write one.
import type { BinShares, Bins } from './binned-shares.ts';

/** How far two binned distributions are apart, as an effect size. */
export interface Divergence {
  readonly name: string;
  /** Base of the logarithm, or the unit, in words. */
  readonly base: string;
  readonly binning: string;
  readonly n: number;
  readonly estimate: number;
  /** Contains the divergence of the underlying shares at all times at once with probability 1 − alpha. */
  readonly interval: readonly [number, number];
}

/** What one bin adds, of the two shares: convex, of degree 1 (twice both shares, twice the term), and 0 where they are equal. */
export type Term = (baseline: number, arm: number) => number;

/** Sum over the bins. */
export function sumTerms(bins: Bins, term: Term): number {
  return bins.shares.reduce((sum, { baseline, arm }) => sum + term(baseline, arm), 0);
}

/**
 * Bounds on the sum from bounds on each bin. The largest value of a convex term over the polygon that a bin's bounds leave lies in a corner. The
 * least is 0 where equality is possible; else it lies at the smallest difference and, there, the largest share, because at a fixed
 * difference a convex term of degree 1 falls with the share. O(bins).
 */
export function boundTerms(bins: Bins, term: Term): readonly [number, number] {
  let [low, high] = [0, 0];
  for (const bin of bins.shares) {
    low += leastTerm(bin, term);
    high += largestTerm(bin, term);
  }
  return [low, high];
}

/** Rounding may not push a corner out of the polygon. */
const hair = 1e-12;

function largestTerm({ baselineBounds, armBounds, differenceBounds }: BinShares, term: Term): number {
  const corners = [0, 1].flatMap((one) =>
    [0, 1].flatMap((other) => {
      const [baseline, arm] = [baselineBounds[one] as number, armBounds[other] as number];
      const differences = [differenceBounds[one] as number, differenceBounds[other] as number] as const;
      return [
        [baseline, arm],
        [baseline, baseline + differences[1]],
        [arm - differences[0], arm],
      ] as const;
    }),
  );
  const isInside = (value: number, [low, high]: readonly [number, number]): boolean =>
    value >= low - hair && value <= high + hair;
  let largest = 0;
  for (const [baseline, arm] of corners) {
    const isCorner =
      isInside(baseline, baselineBounds) && isInside(arm, armBounds) && isInside(arm - baseline, differenceBounds);
    if (isCorner) largest = Math.max(largest, term(share(baseline), share(arm)));
  }
  return largest;
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function leastTerm(bin: BinShares, term: Term): number {
  const { baselineBounds, armBounds, differenceBounds } = bin;
  const low = Math.max(differenceBounds[0], armBounds[0] - baselineBounds[1]);
  const high = Math.min(differenceBounds[1], armBounds[1] - baselineBounds[0]);
  if (low <= 0 && high >= 0) return 0;
  const difference = low > 0 ? low : high;
  const baseline = Math.min(baselineBounds[1], armBounds[1] - difference);
  return term(share(baseline), share(baseline + difference));
}

/** @example "8 bins, cuts at 0.125, 0.25, …" */
export function binningWords({ cuts }: Bins): string {
  return `${cuts.length + 1} bins, cuts at ${cuts.map((cut) => Number(cut.toPrecision(6))).join(', ')}`;
}
