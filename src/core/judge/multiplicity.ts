// Many segments at once: which are flagged, and whether any is bad at all. Segments appear while a run goes on, so each gets its share
// of the error rate by the order in which it appeared: 1/2, 1/6, 1/12, … which sums to 1 however many come.
import { meanLogE } from '../stats/compose.ts';
import { eBenjaminiHochberg } from '../stats/e-benjamini-hochberg.ts';
import { logSumExp } from '../stats/log-sum-exp.ts';
import { checkLogEs, inputInvalid } from '../stats/statistic.ts';

/** Share of the j-th segment to appear, j = 1, 2, …: 1/(j(j + 1)). */
export function appearanceWeight(order: number): number {
  if (!(Number.isSafeInteger(order) && order >= 1)) {
    throw inputInvalid(`a segment's order requires a whole number from 1 up, not ${order}`);
  }
  return 1 / (order * (order + 1));
}

interface Segments {
  /** Declared: all known before the data, equal shares. Appearing: listed in the order in which they appeared. */
  readonly segments: 'declared' | 'appearing';
}

/**
 * Positions of the flagged segments by e-BH on their present e-values: at most a share alpha of the flagged is so by mistake, whatever the
 * dependence. O(M ln M). Throws STATISTIC_INPUT_INVALID.
 */
export function flagSegments(logEs: readonly number[], { alpha, segments }: Segments & { alpha: number }): number[] {
  checkMode(segments);
  checkLogEs('flagSegments', logEs);
  if (segments === 'declared') return eBenjaminiHochberg(logEs, { alpha });
  return eBenjaminiHochberg(logEs, { alpha, weights: logEs.map((_, index) => appearanceWeight(index + 1)) });
}

/**
 * ln of one e-value for "some segment is over its limit": the mean over declared segments; over appearing ones the weighted sum, with E = 1 for
 * all that have not come yet (their shares sum to 1/(J + 1)). O(M). Throws STATISTIC_INPUT_INVALID on NaN.
 */
export function anySegmentLogE(logEs: readonly number[], { segments }: Segments): number {
  checkMode(segments);
  checkLogEs('anySegmentLogE', logEs);
  if (segments === 'declared') return meanLogE(logEs);
  const terms = logEs.map((logE, index) => logE + Math.log(appearanceWeight(index + 1)));
  return logSumExp([...terms, -Math.log(logEs.length + 1)]);
}

function checkMode(segments: unknown): void {
  if (segments === 'declared' || segments === 'appearing') return;
  throw inputInvalid(`segments require to be "declared" or "appearing", not ${String(segments)}`);
}
