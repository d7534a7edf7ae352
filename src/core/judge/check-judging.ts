// What judging a stream requires of its input: error rates that are some, a stored state that is one, and parts that make up the whole.
// Checked at the door, so that nonsense from a caller or a store never ends as a silent HOLDS.
import type { Counts, Hypothesis, Segmentation, Verdict } from '../../model.ts';
import { checkedCount, checkShare, inputInvalid, isFromZeroUp } from '../stats/statistic.ts';

interface Stored {
  readonly maxLogEUp: number;
  readonly verdict: Verdict;
}

interface Parts {
  readonly counts: Counts;
  readonly segments?: ReadonlyMap<string, Counts>;
  readonly requests?: ReadonlyMap<string, number>;
}

const verdicts: readonly unknown[] = [
  'HOLDS',
  'VIOLATED',
  'DIFFERENT',
  'REGRESSED',
  'UNDECIDED',
] satisfies readonly Verdict[];

/** Error rates in (0, 1); `loud` is no claim about a segment. Throws STATISTIC_INPUT_INVALID. */
export function checkHypothesis(hypothesis: Hypothesis, segmentation: Segmentation | null): void {
  checkShare('alphaViolated', hypothesis.alphaViolated);
  checkShare('alphaHolds', hypothesis.alphaHolds);
  if (hypothesis.relation === 'loud' && segmentation !== null) {
    throw inputInvalid(
      `loud requires no segmentation, not "${segmentation.name}": loud is judged over all requests, not per segment`,
    );
  }
}

/** A running maximum that starts at ln 1 = 0 is a number from 0 up. Throws STATISTIC_INPUT_INVALID. */
export function checkState({ maxLogEUp, verdict }: Stored): void {
  if (!(isFromZeroUp(maxLogEUp) && maxLogEUp < Number.POSITIVE_INFINITY)) {
    throw inputInvalid(`a stream's maxLogEUp requires a finite number from 0 up, not ${String(maxLogEUp)}`);
  }
  if (!verdicts.includes(verdict)) {
    throw inputInvalid(`a stream's verdict requires one of ${verdicts.join(', ')}, not ${String(verdict)}`);
  }
}

/** Every request is in exactly one segment, so the segments' counts add up to the whole's, one by one. O(segments · size). */
export function checkParts({ counts, segments = new Map(), requests = new Map() }: Parts): void {
  const sum = new Array<number>(counts.length).fill(0);
  for (const [name, part] of segments) {
    if (!Array.isArray(part) || part.length !== counts.length) {
      throw inputInvalid(`segment "${name}" requires ${counts.length} counts, as the whole has`);
    }
    for (let index = 0; index < sum.length; index++) sum[index] = (sum[index] as number) + checkedCount(part[index]);
  }
  const odd = sum.findIndex((count, index) => count !== counts[index]);
  if (odd >= 0) {
    const what = odd === 0 ? 'n' : `count ${odd}`;
    throw inputInvalid(
      `segments require counts that add up to the whole's: ${what} is ${sum[odd]}, not ${counts[odd]}`,
    );
  }
  for (const count of requests.values()) checkedCount(count);
}
