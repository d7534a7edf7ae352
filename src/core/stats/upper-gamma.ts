// The regularised upper incomplete gamma function, and the two tails people know it by: chi-squared and normal.
// Hand-written: simple-statistics tabulates both tails to four digits.
import { gammaln } from 'simple-statistics';

const smallest = 1e-300;
const accuracy = 1e-16;
const mostRounds = 10_000;

/** Q(a, x) = Γ(a, x)/Γ(a): series below a + 1, continued fraction (Lentz) above. O(√a) rounds. Reference: DLMF 8.7.1 and 8.9.2. */
export function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - gammaln(a));
  return x < a + 1 ? 1 - scale * lowerSeries(a, x) : scale * upperFraction(a, x);
}

function lowerSeries(a: number, x: number): number {
  let term = 1 / a;
  let sum = term;
  for (let round = 1; round < mostRounds && term > sum * accuracy; round++) {
    term *= x / (a + round);
    sum += term;
  }
  return sum;
}

function upperFraction(a: number, x: number): number {
  let divisor = x + 1 - a;
  let ratio = 1 / smallest;
  let inverse = 1 / divisor;
  let value = inverse;
  for (let round = 1; round < mostRounds; round++) {
    const numerator = -round * (round - a);
    divisor += 2;
    inverse = 1 / awayFromZero(numerator * inverse + divisor);
    ratio = awayFromZero(divisor + numerator / ratio);
    value *= ratio * inverse;
    if (Math.abs(ratio * inverse - 1) < accuracy * 10) break;
  }
  return value;
}

function awayFromZero(number: number): number {
  return Math.abs(number) < smallest ? smallest : number;
}

/** P(chi-squared with so many degrees of freedom ≥ x). */
export function chiSquaredTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2);
}

/** P(|Z| ≥ z) of a standard normal Z. */
export function normalTail(z: number): number {
  return upperGamma(0.5, (z * z) / 2);
}
