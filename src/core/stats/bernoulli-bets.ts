// The bets of the Bernoulli statistic, shared by everything that judges a rate: flips, errors, and the exceed rates behind a quantile.
import { type Bets, createBets, rememberByTolerance } from './mixture.ts';

/** DOWN bets: the alternatives q = tolerance · factor, from "never happens" to "just inside". */
const downFactors = [0, 1 / 16, 1 / 8, 1 / 4, 0.4, 0.55, 0.7, 0.8, 0.88, 0.94];
const downWeights = [3, 2, 2, 2, 2, 2, 1, 1, 1, 1];

/** UP bets: odds of q = (1 + 2^k) · odds of the tolerance, k = −3, −2, …, while q ≤ 0.9995; weights 2^(−|k|/2). */
const firstUpExponent = -3;
const largestUpShare = 0.9995;

/** The bets against a tolerance in (0, 1), made once for each; cells are [misses, hits]. */
export const bernoulliBets = rememberByTolerance((tolerance) => ({
  up: upBets(tolerance),
  down: downBets(tolerance),
}));

function upBets(tolerance: number): Bets {
  const weights: number[] = [];
  const gains: number[][] = [];
  for (let exponent = firstUpExponent; ; exponent++) {
    const odds = ((1 + 2 ** exponent) * tolerance) / (1 - tolerance);
    const share = odds / (1 + odds);
    // A tolerance near 1 leaves no room below 0.9995: the closest bet is kept, so that the mixture is never empty.
    // Written so that NaN ends it too: a tolerance below 1e-305 wants odds of more than a double holds.
    if (!(share <= largestUpShare) && weights.length > 0) break;
    weights.push(2 ** (-Math.abs(exponent) / 2));
    gains.push([-Math.log1p(odds) - Math.log1p(-tolerance), Math.log(share / tolerance)]);
  }
  return createBets(weights, gains);
}

function downBets(tolerance: number): Bets {
  const gains = downFactors.map((factor) => {
    const share = tolerance * factor;
    return [Math.log1p(-share) - Math.log1p(-tolerance), Math.log(factor)];
  });
  return createBets(downWeights, gains);
}
