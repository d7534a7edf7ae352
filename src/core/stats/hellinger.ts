// Hellinger distance: the length of the difference of the square roots of two binned distributions; 0 for equal ones, 1 for disjoint ones.
import type { Bins } from './binned-shares.ts';
import { binningWords, boundTerms, type Divergence, sumTerms } from './divergence.ts';

/** What a bin adds to the squared distance. */
function term(baseline: number, arm: number): number {
  return (Math.sqrt(baseline) - Math.sqrt(arm)) ** 2 / 2;
}

/** sqrt(½ Σ (√p − √q)²) over the bins. No smoothing. O(bins). Reference: Hellinger 1909; Pollard 2002, chapter 3. */
export function hellinger(bins: Bins): Divergence {
  const [low, high] = boundTerms(bins, term);
  return {
    name: 'Hellinger distance',
    base: 'no logarithm (0 to 1)',
    binning: binningWords(bins),
    n: bins.n,
    estimate: Math.sqrt(sumTerms(bins, term)),
    interval: [Math.sqrt(low), Math.min(1, Math.sqrt(high))],
  };
}
