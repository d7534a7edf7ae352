// Two-sample Kolmogorov–Smirnov test on a finished recording: are production's and the arm's scores from one distribution?
import { checkSamples, type FixedSampleTest, fixedSample } from './fixed-sample.ts';
import { ksTail } from './ks-tail.ts';

/**
 * Distance D = sup |F1 − F2| and its two-sided p-value: exact for samples of one size (Gnedenko and Korolyuk 1951) and, up to ten million steps
 * of a recursion, for others (Hodges 1958), conservative with ties; beyond that the limit distribution (Kolmogorov 1933) corrected for
 * finite samples (Vrbik 2018). Ignores the pairing. O(n ln n). Throws STATISTIC_INPUT_INVALID on empty samples and what is no number.
 */
export function ksTwoSample(first: readonly number[], second: readonly number[]): FixedSampleTest {
  checkSamples('ksTwoSample', [first, second]);
  const [n, m] = [first.length, second.length];
  const steps = largestGap(sorted(first), sorted(second));
  return fixedSample({
    name: 'Kolmogorov–Smirnov, two samples',
    statistic: steps / (n * m),
    pValue: ksTail({ n, m, steps }),
    n: [n, m],
  });
}

function sorted(sample: readonly number[]): Float64Array {
  return Float64Array.from(sample).sort();
}

/** In integers, which do not round: max |i m − j n| over all values, i and j of each sample at or below it. */
function largestGap(first: Float64Array, second: Float64Array): number {
  const [n, m] = [first.length, second.length];
  let [i, j, largest] = [0, 0, 0];
  while (i < n && j < m) {
    const here = Math.min(first[i] as number, second[j] as number);
    while (i < n && (first[i] as number) <= here) i += 1;
    while (j < m && (second[j] as number) <= here) j += 1;
    largest = Math.max(largest, Math.abs(i * m - j * n));
  }
  return largest;
}
