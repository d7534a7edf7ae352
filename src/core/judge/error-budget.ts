// The run's error budget: how the chance of a false VIOLATED is shared. With m hypotheses over all arms each gets one m-th, so
// that the chance of any false alarm in the run is at most the whole (union bound); each HOLDS keeps its own error rate.

/** Chance that anything in a run is VIOLATED falsely. */
export const runAlpha = 0.01;
/** Chance that one HOLDS is false: a gate needs all of them, so none is corrected (intersection–union). */
export const holdsAlpha = 0.01;

/**
 * Hypotheses with their error rates. `others` counts tests outside the list that share the budget (advisory comparisons).
 *
 * @example shareErrorBudget([a, b]) // each with alphaViolated 0.005 and alphaHolds 0.01
 */
export function shareErrorBudget<Claimed extends object>(
  claims: readonly Claimed[],
  { alpha = runAlpha, alphaHolds = holdsAlpha, others = 0 } = {},
): (Claimed & { readonly alphaViolated: number; readonly alphaHolds: number })[] {
  const alphaViolated = alpha / Math.max(1, claims.length + others);
  return claims.map((claim) => ({ ...claim, alphaViolated, alphaHolds }));
}
