// Two-sample Kolmogorov–Smirnov test on a finished recording: are production's and the arm's scores from one distribution?
import { gammaln } from 'simple-statistics';
import { checkSamples, type FixedSampleTest, fixedSample } from './fixed-sample.ts';

/**
 * Distance D = sup |F1 − F2| and its two-sided p-value: exact for samples of one size (Gnedenko and Korolyuk 1951; conservative with ties), the
 * limit distribution (Kolmogorov 1933) for others. Ignores the pairing. O(n ln n). Throws STATISTIC_INPUT_INVALID on empty samples and NaN.
 */
export function ksTwoSample(first: readonly number[], second: readonly number[]): FixedSampleTest {
  checkSamples('ksTwoSample', [first, second]);
  const gap = largestGap(sorted(first), sorted(second));
  const [n, m] = [first.length, second.length];
  const pValue = n === m ? exactTail(n, Math.round(gap * n)) : limitTail(gap * Math.sqrt((n * m) / (n + m)));
  return fixedSample({ name: 'Kolmogorov–Smirnov, two samples', statistic: gap, pValue, n: [n, m] });
}

function sorted(sample: readonly number[]): Float64Array {
  return Float64Array.from(sample).sort();
}

function largestGap(first: Float64Array, second: Float64Array): number {
  let [i, j, largest] = [0, 0, 0];
  while (i < first.length && j < second.length) {
    const here = Math.min(first[i] as number, second[j] as number);
    while (i < first.length && (first[i] as number) <= here) i += 1;
    while (j < second.length && (second[j] as number) <= here) j += 1;
    largest = Math.max(largest, Math.abs(i / first.length - j / second.length));
  }
  return largest;
}

/** P(D ≥ steps/n) of two samples of n: 2 Σ (−1)^(j−1) C(2n, n − j·steps)/C(2n, n) over j ≥ 1. */
function exactTail(n: number, steps: number): number {
  if (steps === 0) return 1;
  const logMiddle = -2 * gammaln(n + 1);
  let sum = 0;
  for (let j = 1; j * steps <= n; j++) {
    const logChance = -gammaln(n - j * steps + 1) - gammaln(n + j * steps + 1) - logMiddle;
    sum += (j % 2 === 1 ? 2 : -2) * Math.exp(logChance);
  }
  return sum;
}

/** P(K ≥ x) of Kolmogorov's distribution. */
function limitTail(x: number): number {
  if (x < 0.2) return 1;
  let sum = 0;
  for (let j = 1; j <= 100; j++) sum += (j % 2 === 1 ? 2 : -2) * Math.exp(-2 * j * j * x * x);
  return sum;
}
