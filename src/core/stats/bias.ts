// Bias: whether the arm's numbers are shifted, up or down, by more than a limit on average: |mean of signed differences| ≤ tolerance.
// Counts: [n, weight at each of 45 points], as the signed bounded mean's.
import { Type } from 'typebox';
import type { Counts, Evidence } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { meanLogE, minLogE } from './compose.ts';
import { differencePoints } from './hat-histogram.ts';
import { createHatStatistic } from './hat-statistic.ts';
import { type Claim, checkClaim, type LogE, noEvidence, type Statistic } from './statistic.ts';

const signed = createHatStatistic({ name: 'bias', points: differencePoints });

/** The counts of −X: the points mirror each other. */
function mirrored(counts: Counts): Counts {
  return [counts[0] as number, ...counts.slice(1, signed.size).reverse()];
}

/** VIOLATED by the mean of the two one-sided e-processes, HOLDS by the smaller of the two (intersection–union, no correction). */
function logE(counts: Counts, tolerance: number): LogE {
  const upward = signed.logE(counts, tolerance);
  const downward = signed.logE(mirrored(counts), tolerance);
  return { up: meanLogE([upward.up, downward.up]), down: minLogE([upward.down, downward.down]) };
}

function evidence(counts: Counts, claim: Claim): Evidence {
  checkClaim(claim);
  const found = logE(counts, claim.tolerance);
  if (counts[0] === 0) return noEvidence;
  // The side the mean is on is the one that decides, and whose outlook counts; mean and interval are the signed ones.
  const shown = signed.evidence(counts, claim);
  const outlook = (shown.estimate as number) < 0 ? signed.evidence(mirrored(counts), claim) : shown;
  return { ...shown, logEUp: found.up, logEDown: found.down, stillNeeded: outlook.stillNeeded };
}

/**
 * Two-sided mean of a signed number in [−1, 1]: null of UP: |mean| ≤ tolerance, null of DOWN: |mean| ≥ tolerance.
 * The displayed estimate and interval are of the signed mean. O(46 bets · 45 points) per evidence.
 * Reference: Berger 1982, Technometrics 24, for the intersection–union test; Waudby-Smith and Ramdas, JRSSB 2024.
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for numbers outside [−1, 1], unsound counts, a tolerance outside (0, 1)
 */
export const bias: Statistic = { name: 'bias', size: signed.size, add: signed.add, logE, evidence };

const options = Type.Object({}, { additionalProperties: false });

export const biasKind: Kind<typeof options, Statistic> = {
  name: 'bias',
  summary: 'The mean of a signed difference between −1 and 1, against a limit in both directions.',
  options,
  create: () => bias,
};
