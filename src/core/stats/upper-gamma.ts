// The regularised upper incomplete gamma function, and the two tails people know it by: chi-squared and normal.
import gammainc from '@stdlib/math-base-special-gammainc';

/** Q(a, x) = Γ(a, x)/Γ(a). Reference: DLMF 8.2.4. */
export function upperGamma(a: number, x: number): number {
  return x <= 0 ? 1 : gammainc(x, a, true, true);
}

/** P(chi-squared with so many degrees of freedom ≥ x). */
export function chiSquaredTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2);
}

/** P(|Z| ≥ z) of a standard normal Z. */
export function normalTail(z: number): number {
  return upperGamma(0.5, (z * z) / 2);
}
