// The interval shown beside a rate: a beta-binomial confidence sequence, so that it may be read at any moment.
// Descriptive: verdicts come from the e-values.
import { gammaln } from 'simple-statistics';
import { checkedCount, checkShare, inputInvalid } from './statistic.ts';

/**
 * Two-sided beta-binomial mixture confidence sequence under the prior Beta(1/2, 1/2): all p with
 * B(1/2 + hits, 1/2 + misses) / (B(1/2, 1/2) p^hits (1 − p)^misses) < 1/alpha. Covers at all n at once with probability 1 − alpha.
 * Assumption: the conditional mean given the past is constant. Each end is the root of a convex function of the log-odds, found by Newton's
 * method, which from outside approaches it from one side only: O(1), about five steps.
 * Reference: Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon, Annals of Statistics 2021, arXiv:1810.08240.
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for counts that are none, more hits than n, an alpha outside (0, 1)
 * @example betaInterval({ n: 1000, hits: 0, alpha: 0.01 }) // [0, 0.0086…]
 */
export function betaInterval({
  n,
  hits,
  alpha,
}: {
  n: number;
  hits: number;
  alpha: number;
}): readonly [number, number] {
  checkShare('alpha', alpha);
  const misses = checkedCount(n) - checkedCount(hits);
  if (misses < 0) throw inputInvalid(`betaInterval requires at most as many hits as observations, not ${hits} of ${n}`);
  // The set is { p : −hits ln p − misses ln(1 − p) < level }.
  const level = -Math.log(alpha) - (gammaln(hits + 0.5) + gammaln(misses + 0.5) - gammaln(n + 1) - Math.log(Math.PI));
  if (hits === 0) return [0, -Math.expm1(-level / n)];
  if (misses === 0) return [Math.exp(-level / n), 1];
  return [end({ n, hits, level, side: -1 }), end({ n, hits, level, side: 1 })];
}

/** One end of { p : n ln(1 + e^θ) − hits θ < level }, θ the log-odds of p, searched outward from the estimate. */
function end({ n, hits, level, side }: { n: number; hits: number; level: number; side: -1 | 1 }): number {
  const estimate = hits / n;
  const centre = Math.log(hits / (n - hits));
  const room = Math.max(0, level - (n * softPlus(centre) - hits * centre));
  let logOdds = centre + side * Math.sqrt((2 * room) / (n * estimate * (1 - estimate)));
  for (let round = 0; round < 60; round++) {
    const excess = n * softPlus(logOdds) - hits * logOdds - level;
    const slope = n / (1 + Math.exp(-logOdds)) - hits;
    const step = excess / slope;
    logOdds -= step;
    // Newton's error is the square of its last step.
    if (!(Math.abs(step) > 1e-7)) break;
  }
  return 1 / (1 + Math.exp(-logOdds));
}

/** ln(1 + e^x), exact for large x. */
function softPlus(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
