// DIFFERENT: is the arm proven unlike the control? No tolerance to choose: on requests where arm and control stand differently to
// production, an arm that is only as noisy as the control is the farther one half of the time.
import { Type } from 'typebox';
import type { Counts, Evidence } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { betaInterval } from './beta-interval.ts';
import { meanLogE } from './compose.ts';
import { mcnemarLogE } from './mcnemar.ts';
import {
  type Claim,
  checkClaim,
  checkedCount,
  checkedN,
  checkShare,
  type Distances,
  inputInvalid,
  isFromZeroUp,
  noEvidence,
  type Statistic,
} from './statistic.ts';

/** |difference from production| above each of these, as fractions of the declared scale. */
export const differenceLevels: readonly number[] = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];

/** The tests in the order of the counts: sparse large differences show in the levels and flips, dense tiny ones in who is farther. */
const tests = [...differenceLevels.map((level) => `moved by more than ${level}`), 'flipped', 'farther from production'];

/** Length of the counts [n, discordant pairs against the arm by test, against the control by test]. */
export const differenceSize = 1 + 2 * tests.length;

const flips = differenceLevels.length;
const farther = flips + 1;

/** Counts one request in place. O(8). Throws STATISTIC_INPUT_INVALID on distances that are none. */
export function addDifference(counts: number[], { arm, control, armFlipped, controlFlipped }: Distances): void {
  if (!(isFromZeroUp(arm) && isFromZeroUp(control) && arm + control < Number.POSITIVE_INFINITY)) {
    throw inputInvalid(`a difference requires two finite distances from 0 up, not ${arm} and ${control}`);
  }
  if (!isFlip(armFlipped) || !isFlip(controlFlipped)) {
    throw inputInvalid(`a difference requires flips of true, false or null, not ${armFlipped} and ${controlFlipped}`);
  }
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

function isFlip(flip: unknown): boolean {
  return flip === null || typeof flip === 'boolean';
}

/** Evidence that the arm is unlike the control. */
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
  const n = checkedN(counts);
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

/** A discordant pair speaks against the arm with chance one half when the arm is only as noisy as its control. */
export const evenCoin = 0.5;

/** Of the loudest test's discordant pairs, the share that speaks against the arm; the null is an even coin. */
function evidence(counts: Counts, claim: Claim): Evidence {
  checkClaim(claim);
  const { alphaViolated, alphaHolds } = claim;
  const { n, logE, loudest } = differenceEvidence(counts);
  if (n === 0) return noEvidence;
  // Before the first discordant pair nothing speaks either way: the even coin, and every share is possible.
  const { arm: hits, control } = loudest ?? { arm: 0, control: 0 };
  const discordant = hits + control;
  return {
    n,
    estimate: discordant === 0 ? evenCoin : hits / discordant,
    interval: betaInterval({ n: discordant, hits, alpha: Math.max(alphaViolated, alphaHolds) }),
    logEUp: logE,
    // Nothing proves sameness here: that is what limits are for.
    logEDown: 0,
    stillNeeded: null,
    ...(loudest === null ? {} : { loudest: `${loudest.test}: ${loudest.arm} of ${discordant}` }),
  };
}

/** DIFFERENT as a statistic: `logE.up` proves it, `logE.down` stays 0. The only tolerance is the even coin, 1/2. */
export const difference: Statistic = {
  name: 'difference',
  size: differenceSize,
  onlyTolerance: evenCoin,
  add(counts, observation) {
    if (typeof observation !== 'object' || observation === null || Array.isArray(observation)) {
      throw inputInvalid('a difference requires the distances of arm and control from production');
    }
    addDifference(counts, observation as Distances);
  },
  logE(counts, tolerance) {
    checkShare('tolerance', tolerance);
    return { up: differenceEvidence(counts).logE, down: 0 };
  },
  evidence,
};

const options = Type.Object({}, { additionalProperties: false });

export const differenceKind: Kind<typeof options, Statistic> = {
  name: 'difference',
  summary:
    'Whether the arm stands farther from production than the control does, request by request; there is no tolerance.',
  options,
  create: () => difference,
};
