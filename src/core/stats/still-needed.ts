// How many more observations a verdict needs at the present estimate: a forecast for people, never part of a verdict.

/** Beyond this many the honest answer is "cannot be said". */
const mostObservations = 1e9;

/**
 * Forecast to decision: evidence grows by `growth` nats per observation, starts about one nat in debt (the mixture's price) and
 * must reach ln(1/alpha), so n ≈ (ln(1/alpha) + 1) / growth in all. O(1).
 * 0 when decided; null when the estimate sits at the limit (no growth) or more than 10^9 observations would be needed.
 *
 * @param growth nats per observation at the present estimate: Kullback–Leibler divergence, or the best bet's growth
 */
export function stillNeeded({
  n,
  logE,
  alpha,
  growth,
}: {
  n: number;
  logE: number;
  alpha: number;
  growth: number;
}): number | null {
  const goal = Math.log(1 / alpha);
  if (logE >= goal) return 0;
  const total = (goal + 1) / growth;
  // Written so that NaN and a growth of zero or below end here too.
  if (!(growth > 0 && total <= mostObservations)) return null;
  return total > n ? Math.ceil(total - n) : Math.max(1, Math.ceil((goal - logE) / growth));
}
