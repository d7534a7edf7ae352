// Log-sum-exp: the logarithm of a sum of exponentials, without overflow. Mixtures of bets live in the log domain,
// where evidence of e^100000 is an ordinary number.

/** A term this far below the largest cannot move a double: e^−40 is 4e-18. Passing it over saves most of the exponentials. */
const negligible = 40;

/**
 * ln Σ e^term, shifted by the largest term so that nothing overflows. O(terms).
 * An empty list and a list of −Infinity alone give −Infinity (the logarithm of zero).
 *
 * @example logSumExp([Math.log(1), Math.log(3)]) // Math.log(4)
 */
export function logSumExp(terms: ArrayLike<number>): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let index = 0; index < terms.length; index++)
    if ((terms[index] as number) > largest) largest = terms[index] as number;
  if (largest === Number.NEGATIVE_INFINITY) return largest;
  let sum = 0;
  for (let index = 0; index < terms.length; index++) {
    const below = (terms[index] as number) - largest;
    // Written so that NaN is added, not passed over: a sum with an unknown term is unknown.
    if (!(below <= -negligible)) sum += Math.exp(below);
  }
  return largest + Math.log(sum);
}
