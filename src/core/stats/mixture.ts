// The one engine under every statistic: a finite mixture of FIXED bets on a histogram of integer counts.
// Its log-wealth is linear in the counts, so evidence is order-free, merges by addition and restarts from stored counts.
import { logSumExp } from './log-sum-exp.ts';

/**
 * A mixture of bets: `logWeights[g]` is ln of the weight of bet g (weights sum to 1), and `gains[g · cells + k]` is
 * ln(1 + lambda_g (x_k − tolerance)), what bet g gains from one observation in cell k (−Infinity: it loses everything).
 */
export interface Bets {
  readonly logWeights: Float64Array;
  readonly gains: Float64Array;
  /** Holds the terms of the last sum, so that looking costs no allocation; nothing reads it afterwards. */
  readonly terms: Float64Array;
}

/** Bets from weights in any unit (they are normalised) and one row of gains for each. */
export function createBets(weights: readonly number[], gains: readonly (readonly number[])[]): Bets {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return {
    logWeights: Float64Array.from(weights, (weight) => Math.log(weight / total)),
    gains: Float64Array.from(gains.flat()),
    terms: new Float64Array(weights.length),
  };
}

/** ln(1 + return) of one bet in one cell. A bold bet loses everything there (a return of −1); rounding must not make that NaN. */
export function gainOf(returned: number): number {
  return returned < -1 + 1e-15 ? Number.NEGATIVE_INFINITY : Math.log1p(returned);
}

/**
 * Betting mixture e-process: ln Σ_g w_g Π_i (1 + lambda_g (X_i − tolerance)), in one pass over the histogram `cells`.
 * Assumption: the bets were fixed before the data; then, by Ville's inequality and AM–GM, P(it ever exceeds ln 1/alpha while
 * the running average of conditional means is on the null's side) ≤ alpha, whatever the dependence and the looks. O(bets · cells).
 * Reference: Ville 1939; Waudby-Smith and Ramdas, JRSSB 2024, "Estimating means of bounded random variables by betting".
 */
export function logWealth(bets: Bets, cells: readonly number[]): number {
  const { logWeights, terms } = bets;
  for (let bet = 0; bet < terms.length; bet++) terms[bet] = (logWeights[bet] as number) + logGain(bets, cells, bet);
  return logSumExp(terms);
}

/** The largest term of the mixture: ln E lies between it and ln(number of bets) above it. Costs no exponential. */
export function leadingTerm(bets: Bets, cells: readonly number[]): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let bet = 0; bet < bets.terms.length; bet++) {
    const term = (bets.logWeights[bet] as number) + logGain(bets, cells, bet);
    if (term > largest) largest = term;
  }
  return largest;
}

/** The largest growth per observation among the bets at these counts (Kelly's criterion over the grid). */
export function bestGrowth(bets: Bets, cells: readonly number[]): number {
  let n = 0;
  for (const count of cells) n += count;
  let best = Number.NEGATIVE_INFINITY;
  for (let bet = 0; bet < bets.terms.length; bet++) best = Math.max(best, logGain(bets, cells, bet));
  return best / n;
}

/** What one bet gained from all observations. Empty cells are passed over, so that 0 · −Infinity does not become NaN. */
export function logGain(bets: Bets, cells: readonly number[], bet: number): number {
  const { gains } = bets;
  const row = bet * cells.length;
  let sum = 0;
  for (let cell = 0; cell < cells.length; cell++) {
    const count = cells[cell] as number;
    if (count !== 0) sum += count * (gains[row + cell] as number);
  }
  return sum;
}

/** Grids depend on the tolerance alone: made once for each, a bounded number kept. */
export function rememberByTolerance<Made>(
  make: (tolerance: number) => Made,
  { most = 1000 } = {},
): (tolerance: number) => Made {
  const made = new Map<number, Made>();
  return (tolerance) => {
    const known = made.get(tolerance);
    if (known !== undefined) return known;
    if (made.size >= most) made.clear();
    const fresh = make(tolerance);
    made.set(tolerance, fresh);
    return fresh;
  };
}
