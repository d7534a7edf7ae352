// Chi-squared test of homogeneity on a finished recording: do the arm's labels come in production's proportions?
import { type FixedSampleTest, fixedSample } from './fixed-sample.ts';
import { checkedCount, inputInvalid } from './statistic.ts';
import { chiSquaredTail } from './upper-gamma.ts';

/**
 * Pearson's chi-squared on the 2 × k table of label counts, k − 1 degrees of freedom, no continuity correction; labels that neither gave are
 * passed over, and a single label is no difference (p = 1). Trustworthy from about five expected per cell. Ignores the pairing. O(k).
 * Throws STATISTIC_INPUT_INVALID. Reference: Pearson 1900.
 *
 * @example chiSquared([90, 10], [80, 20]).pValue // 0.0476…
 */
export function chiSquared(first: readonly number[], second: readonly number[]): FixedSampleTest {
  if (!Array.isArray(first) || !Array.isArray(second)) throw inputInvalid('chiSquared requires two lists of counts');
  if (first.length !== second.length) {
    throw inputInvalid(`chiSquared requires counts of the same labels, not of ${first.length} and ${second.length}`);
  }
  const total = (counts: readonly number[]): number => [...counts].reduce((sum, count) => sum + checkedCount(count), 0);
  const [n, m] = [total(first), total(second)];
  if (n === 0 || m === 0) throw inputInvalid('chiSquared requires at least one observation on each side');
  let statistic = 0;
  let labels = 0;
  for (const [label, here] of first.entries()) {
    const there = second[label] as number;
    if (here + there === 0) continue;
    labels += 1;
    const expectedHere = ((here + there) * n) / (n + m);
    const expectedThere = ((here + there) * m) / (n + m);
    statistic += (here - expectedHere) ** 2 / expectedHere + (there - expectedThere) ** 2 / expectedThere;
  }
  const pValue = labels < 2 ? 1 : chiSquaredTail(statistic, labels - 1);
  return fixedSample({ name: 'chi-squared', statistic, pValue, n: [n, m] });
}
