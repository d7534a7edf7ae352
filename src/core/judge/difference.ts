// DIFFERENT: is the arm proven unlike the control? No tolerance to choose: on requests where arm and control stand differently to
// production, an arm that is only as noisy as the control is the farther one half of the time.
import type { Counts } from '../../model.ts';
import { meanLogE } from '../stats/compose.ts';
import { mcnemarLogE } from '../stats/mcnemar.ts';
import { checkedCount, inputInvalid } from '../stats/statistic.ts';

/** |difference from production| above each of these, as fractions of the declared scale. */
export const differenceLevels: readonly number[] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

/** The tests in the order of the counts: sparse large differences show in the levels and flips, dense tiny ones in who is farther. */
const tests = [...differenceLevels.map((level) => `moved by more than ${level}`), 'flipped', 'farther from production'];

/** Length of the counts [n, discordant pairs against the arm by test, against the control by test]. */
export const differenceSize = 1 + 2 * tests.length;

/** How far arm and control are from production on one request. */
export interface Distances {
  /** |score − production's|, from 0 up. */
  readonly arm: number;
  readonly control: number;
  /** Whether the label differs from production's; null where there are no labels. */
  readonly armFlipped: boolean | null;
  readonly controlFlipped: boolean | null;
}

const flips = differenceLevels.length;
const farther = flips + 1;

/** Counts one request in place. O(8). Throws STATISTIC_INPUT_INVALID on distances that are none. */
export function addDifference(counts: number[], { arm, control, armFlipped, controlFlipped }: Distances): void {
  if (!(arm >= 0 && control >= 0 && arm + control < Number.POSITIVE_INFINITY)) throw noDistances(arm, control);
  counts[0] = (counts[0] as number) + 1;
  if (arm > control) addLevels(counts, { near: control, far: arm, side: 1 });
  else if (control > arm) addLevels(counts, { near: arm, far: control, side: 1 + tests.length });
  if (armFlipped !== null && controlFlipped !== null && armFlipped !== controlFlipped) {
    const at = (armFlipped ? 1 : 1 + tests.length) + flips;
    counts[at] = (counts[at] as number) + 1;
  }
}

/** Levels between the two distances are discordant, those outside are not. */
function addLevels(counts: number[], { near, far, side }: { near: number; far: number; side: number }): void {
  let level = 0;
  while (level < flips && (differenceLevels[level] as number) < near) level += 1;
  for (; level < flips && (differenceLevels[level] as number) < far; level++) {
    counts[side + level] = (counts[side + level] as number) + 1;
  }
  counts[side + farther] = (counts[side + farther] as number) + 1;
}

function noDistances(arm: number, control: number): Error {
  return inputInvalid(`a difference requires two finite distances from 0 up, not ${arm} and ${control}`);
}

export interface DifferenceEvidence {
  readonly n: number;
  /** Natural logarithm of the e-value for DIFFERENT; proven at ln(1/alpha). */
  readonly logE: number;
  /** The test that speaks loudest: its name and its discordant pairs. */
  readonly loudest: { readonly test: string; readonly arm: number; readonly control: number } | null;
}

/**
 * Mean of eight McNemar e-processes: six levels, label flip, and the sign of D_arm − D_control. Null: on every one a discordant pair is
 * against the arm with conditional chance at most 1/2, as for a control's twin. Valid at every look. O(8 · 7 bets).
 * Throws STATISTIC_INPUT_INVALID on unsound counts. Reference: McNemar 1947; Ville 1939.
 */
export function differenceEvidence(counts: Counts): DifferenceEvidence {
  const n = checkedCount(counts[0]);
  const logEs: number[] = [];
  let loudest: DifferenceEvidence['loudest'] = null;
  for (const [index, test] of tests.entries()) {
    const arm = checkedCount(counts[1 + index]);
    const control = checkedCount(counts[1 + tests.length + index]);
    if (arm + control > n)
      throw inputInvalid(`a difference requires at most ${n} discordant pairs, not ${arm + control}`);
    const logE = mcnemarLogE(arm, control);
    if (arm + control > 0 && logE > Math.max(...logEs, Number.NEGATIVE_INFINITY)) loudest = { test, arm, control };
    logEs.push(logE);
  }
  return { n, logE: meanLogE(logEs), loudest };
}
