// Mann–Whitney U test on a finished recording: do the arm's numbers tend to be larger or smaller than production's?
import { wilcoxonRankSum } from 'simple-statistics';
import { checkSamples, type FixedSampleTest, fixedSample } from './fixed-sample.ts';
import { normalTail } from './upper-gamma.ts';

/**
 * U of the first sample and its two-sided p-value by the normal approximation with tie and continuity corrections (good from about ten in each
 * sample). Ignores the pairing. O(n ln n). Throws STATISTIC_INPUT_INVALID. Reference: Mann and Whitney 1947; Lehmann 1975, section 1.4.
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): FixedSampleTest {
  checkSamples('mannWhitney', [first, second]);
  const [n, m] = [first.length, second.length];
  const u = wilcoxonRankSum([...first], [...second]) - (n * (n + 1)) / 2;
  const all = n + m;
  const variance = ((n * m) / 12) * (all + 1 - tieSum([...first, ...second]) / (all * (all - 1)));
  const off = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5);
  const pValue = variance > 0 ? normalTail(off / Math.sqrt(variance)) : 1;
  return fixedSample({ name: 'Mann–Whitney U', statistic: u, pValue, n: [n, m] });
}

/** Σ (t³ − t) over groups of equal numbers. */
function tieSum(numbers: readonly number[]): number {
  const groups = new Map<number, number>();
  for (const number of numbers) groups.set(number, (groups.get(number) ?? 0) + 1);
  let sum = 0;
  for (const size of groups.values()) sum += size ** 3 - size;
  return sum;
}
