// e-Benjamini–Hochberg: which of many segments are called bad together, so that at most a share alpha of those called is so by mistake.
// Works on present e-values, whatever their dependence.
import { checkLogEs, checkShare, inputInvalid } from './statistic.ts';

interface EBenjaminiHochberg {
  /** False discovery rate in (0, 1). */
  readonly alpha: number;
  /** Fixed before the data and summing to at most 1; equal shares unless given. */
  readonly weights?: readonly number[];
}

/**
 * Positions of the rejected hypotheses, ascending: the k* largest of weight · E, k* = max{k : the k-th largest ≥ 1/(alpha k)}.
 * With equal weights 1/M this is E_(k) ≥ M/(alpha k). O(M ln M). Throws STATISTIC_INPUT_INVALID.
 * Reference: Wang and Ramdas, JRSSB 2022, "False discovery rate control with e-values", arXiv:2009.02824.
 *
 * @example eBenjaminiHochberg([Math.log(300), 0, Math.log(500)], { alpha: 0.01 }) // [0, 2]
 */
export function eBenjaminiHochberg(logEs: readonly number[], { alpha, weights }: EBenjaminiHochberg): number[] {
  checkShare('alpha', alpha);
  checkLogEs('eBenjaminiHochberg', logEs);
  const shares = weights ?? logEs.map(() => 1 / logEs.length);
  checkWeights(shares, logEs.length);
  const ranked = logEs
    .map((logE, position) => ({ position, weighed: logE + Math.log(shares[position] as number) }))
    .sort((first, second) => second.weighed - first.weighed || first.position - second.position);
  let rejected = 0;
  for (const [index, { weighed }] of ranked.entries()) {
    // A hair of slack, so that an e-value exactly on its threshold is not lost to rounding.
    if (weighed >= -Math.log(alpha * (index + 1)) - 1e-12) rejected = index + 1;
  }
  return ranked
    .slice(0, rejected)
    .map(({ position }) => position)
    .sort((first, second) => first - second);
}

function checkWeights(weights: readonly number[], length: number): void {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  if (
    weights.length !== length ||
    !weights.every((weight) => typeof weight === 'number' && weight > 0) ||
    sum > 1 + 1e-9
  ) {
    throw inputInvalid(`weights require ${length} numbers above 0 with a sum of at most 1`);
  }
}
