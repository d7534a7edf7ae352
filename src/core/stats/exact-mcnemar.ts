// Exact McNemar test on a finished recording: on the pairs where two sides differ in being right (or in breaking a limit), is it evenly shared?
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import { type FixedSampleTest, fixedSample } from './fixed-sample.ts';
import { checkedCount } from './statistic.ts';

/**
 * Two-sided exact binomial p-value of the discordant pairs against an even coin; 1 when there are none. The one classical test here that uses the
 * pairing. O(1) calls of the incomplete beta function. Throws STATISTIC_INPUT_INVALID. Reference: McNemar 1947.
 *
 * @example exactMcnemar(10, 2).pValue // 0.03857421875
 */
export function exactMcnemar(first: number, second: number): FixedSampleTest {
  const discordant = checkedCount(first) + checkedCount(second);
  const pValue = discordant === 0 ? 1 : 2 * binomialCdf(Math.min(first, second), discordant, 0.5);
  return fixedSample({ name: 'McNemar, exact', statistic: discordant, pValue, n: [first, second] });
}
