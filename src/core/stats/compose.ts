// Composition of e-processes, on their logarithms: the mean proves "any of", the minimum proves "all of".
import { logSumExp } from './log-sum-exp.ts';
import { checkLogEs } from './statistic.ts';

/**
 * ln of the mean: an e-process for the intersection of the nulls, whatever their dependence; large as soon as one is (at a cost of ln M).
 * An empty list gives 0, the logarithm of 1: nothing is known. O(terms). Throws STATISTIC_INPUT_INVALID on NaN.
 */
export function meanLogE(logEs: readonly number[]): number {
  checkLogEs('meanLogE', logEs);
  return logEs.length === 0 ? 0 : logSumExp(logEs) - Math.log(logEs.length);
}

/**
 * ln of the minimum: an e-process for the union of the nulls (it lies below the one that is true), so that each claim may keep its own
 * error rate without correction (intersection–union). An empty list gives 0. O(terms).
 * Throws STATISTIC_INPUT_INVALID on NaN.
 */
export function minLogE(logEs: readonly number[]): number {
  checkLogEs('minLogE', logEs);
  return logEs.length === 0 ? 0 : logEs.reduce((least, logE) => Math.min(least, logE), Number.POSITIVE_INFINITY);
}
