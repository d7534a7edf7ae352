// When an incident probably began: the most likely change point among the latest buckets. For people; no verdict rests on it.
import type { Counts } from '../../model.ts';

/**
 * The start of the stretch up to now that speaks loudest for a rate above the tolerance: the maximum of n · KL(rate ‖ tolerance), the
 * generalised likelihood ratio of Lorden 1971 for Bernoulli counts. Null when no stretch is above it. O(buckets).
 *
 * @example onsetOf([{at: 0, counts: [50, 0]}, {at: 10, counts: [50, 40]}], 0.1) // 10
 */
export function onsetOf(
  buckets: readonly { readonly at: number; readonly counts: Counts }[],
  tolerance: number,
): number | null {
  let [n, hits, best] = [0, 0, 0];
  let since: number | null = null;
  for (const { at, counts } of [...buckets].reverse()) {
    n += counts[0] ?? 0;
    hits += counts[1] ?? 0;
    const ratio = n > 0 && hits / n > tolerance ? likelihoodRatio({ n, hits, tolerance }) : 0;
    // The earlier of equals only where it holds data of its own.
    if (ratio > best) [best, since] = [ratio, at];
  }
  return since;
}

function likelihoodRatio({ n, hits, tolerance }: { n: number; hits: number; tolerance: number }): number {
  const misses = n - hits;
  const ofHits = hits * Math.log(hits / (n * tolerance));
  return misses === 0 ? ofHits : ofHits + misses * Math.log(misses / (n * (1 - tolerance)));
}
