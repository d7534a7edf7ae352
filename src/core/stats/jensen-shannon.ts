// Jensen–Shannon divergence: how far two binned distributions are from their average; 0 for equal ones, 1 bit for disjoint ones.
import type { Bins } from './binned-shares.ts';
import { binningWords, boundTerms, type Divergence, sumTerms } from './divergence.ts';

/** Half the Kullback–Leibler divergence of each from the middle, in bits. */
function term(baseline: number, arm: number): number {
  const middle = (baseline + arm) / 2;
  const part = (share: number): number => (share === 0 ? 0 : (share / 2) * Math.log2(share / middle));
  return Math.max(0, part(baseline) + part(arm));
}

/**
 * Jensen–Shannon divergence, base 2, of the shares in the bins: (KL(P‖M) + KL(Q‖M))/2, M = (P + Q)/2. No smoothing. O(bins).
 * scipy's `jensenshannon(p, q, base=2)` is its square root. Reference: Lin 1991, IEEE Transactions on Information Theory 37.
 */
export function jensenShannon(bins: Bins): Divergence {
  const [low, high] = boundTerms(bins, term);
  return {
    name: 'Jensen–Shannon divergence',
    base: 'base 2 (bits, 0 to 1)',
    binning: binningWords(bins),
    n: bins.n,
    estimate: sumTerms(bins, term),
    interval: [low, Math.min(1, high)],
  };
}
