// The run's error budget: how the chance of a false VIOLATED is shared. Over all arms the shares sum to the whole, so that the chance
// of any false alarm in the run is at most that (union bound); each HOLDS keeps its own error rate.

import { checkShare, inputInvalid } from '../stats/statistic.ts';

/** Chance that anything in a run is VIOLATED falsely. */
export const runAlpha = 0.01;
/** Chance that one HOLDS is false: a gate needs all of them, so none is corrected (intersection–union). */
export const holdsAlpha = 0.01;

interface Budget<Claimed> {
  readonly alpha?: number;
  readonly alphaHolds?: number;
  /** A claim's part in proportion to the others', above 0; all equal unless given. */
  readonly weightOf?: (claim: Claimed) => number;
}

/**
 * Hypotheses with their error rates. Weights must not depend on data. Throws STATISTIC_INPUT_INVALID on weights and error rates that are none.
 *
 * @example shareErrorBudget([{ id: 'a' }, { id: 'b' }])[0] // { id: 'a', alphaViolated: 0.005, alphaHolds: 0.01 }
 */
export function shareErrorBudget<Claimed extends object>(
  claims: readonly Claimed[],
  { alpha = runAlpha, alphaHolds = holdsAlpha, weightOf = () => 1 }: Budget<Claimed> = {},
): (Claimed & { readonly alphaViolated: number; readonly alphaHolds: number })[] {
  checkShare('alpha', alpha);
  checkShare('alphaHolds', alphaHolds);
  const weights = claims.map((claim) => checkedWeight(weightOf(claim)));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return claims.map((claim, index) => ({
    ...claim,
    alphaViolated: (alpha * (weights[index] as number)) / whole,
    alphaHolds,
  }));
}

function checkedWeight(weight: unknown): number {
  if (typeof weight === 'number' && weight > 0 && weight < Number.POSITIVE_INFINITY) return weight;
  throw inputInvalid(`a claim's weight in the error budget requires a finite number above 0, not ${String(weight)}`);
}
