// PSI, the population stability index people write limits on: an effect size, judged only through bounds on every bin, never by itself.
import type { Counts, Verdict } from '../../model.ts';
import { type BinnedOptions, type Bins, readBins } from './binned-shares.ts';
import type { Binning } from './crossings.ts';
import { binningWords, boundTerms, type Divergence, sumTerms, type Term } from './divergence.ts';
import { checkShare, inputInvalid } from './statistic.ts';

/** Added to every share before they are scaled back to a sum of 1, so that an empty bin does not make PSI infinite. */
export const psiSmoothing = 1e-3;

/** (q − p) ln(q/p) of the smoothed shares. */
function termFor({ shares }: Bins): Term {
  const smooth = (share: number): number => (share + psiSmoothing) / (1 + shares.length * psiSmoothing);
  return (baseline, arm) => {
    const [p, q] = [smooth(baseline), smooth(arm)];
    return (q - p) * Math.log(q / p);
  };
}

/** PSI = Σ (q − p) ln(q/p), natural logarithm, shares smoothed by 1e-3. O(bins). Reference: Siddiqi 2006, "Credit Risk Scorecards". */
export function psi(bins: Bins): Divergence {
  const term = termFor(bins);
  return {
    name: 'PSI',
    base: `natural logarithm, shares smoothed by ${psiSmoothing}`,
    binning: binningWords(bins),
    n: bins.n,
    estimate: sumTerms(bins, term),
    interval: boundTerms(bins, term),
  };
}

/** A limit on PSI and the error rates at which it is judged. */
export interface PsiLimit {
  readonly limit: number;
  readonly alphaViolated: number;
  readonly alphaHolds: number;
  readonly cuts?: BinnedOptions['cuts'];
}

/** What the counts say about a limit on PSI. */
export interface PsiJudgement {
  readonly verdict: Verdict;
  /** Null before the first request. */
  readonly psi: Divergence | null;
  /** What to do instead, where a limit on PSI is slow to prove. */
  readonly advice: string | null;
}

/**
 * A limit on PSI, judged from the simultaneous bounds of at most ten bins: VIOLATED when the lower bound at alphaViolated is above the limit,
 * HOLDS when the upper bound at alphaHolds is not. Both bounds hold at all times at once. O(bins). Throws STATISTIC_INPUT_INVALID.
 */
export function judgePsi(counts: Counts, binning: Binning, claim: PsiLimit): PsiJudgement {
  const { limit, alphaViolated, alphaHolds, cuts } = claim;
  if (!(limit > 0 && Number.isFinite(limit))) throw inputInvalid(`a PSI limit requires a number above 0, not ${limit}`);
  checkShare('alphaViolated', alphaViolated);
  checkShare('alphaHolds', alphaHolds);
  const at = (alpha: number): Divergence | null => {
    const bins = readBins(counts, binning, { alpha, ...(cuts === undefined ? {} : { cuts }) });
    return bins === null ? null : psi(bins);
  };
  const forViolated = at(alphaViolated);
  const forHolds = alphaHolds === alphaViolated ? forViolated : at(alphaHolds);
  const verdict = verdictOf({
    low: forViolated?.interval[0] ?? 0,
    high: forHolds?.interval[1] ?? Number.POSITIVE_INFINITY,
    limit,
  });
  return {
    verdict,
    psi: alphaHolds > alphaViolated ? forHolds : forViolated,
    advice:
      verdict === 'UNDECIDED'
        ? 'a limit on PSI is slow to prove; paired KS (pairedKs: at most 2 %) proves likeness sooner'
        : null,
  };
}

function verdictOf({ low, high, limit }: { low: number; high: number; limit: number }): Verdict {
  if (low > limit) return 'VIOLATED';
  return high <= limit ? 'HOLDS' : 'UNDECIDED';
}
