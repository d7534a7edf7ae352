// Signed mean: by how much a bounded number is larger on the arm than on the control, on average and request by request, against a limit
// in one direction. Counts: [n, weight at each of 45 points]; 1024 units of weight per observation.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { differencePoints } from './hat-histogram.ts';
import { createHatStatistic } from './hat-statistic.ts';
import type { LinearStatistic } from './linear.ts';

/**
 * Bounded-mean mixture e-process for X in [−1, 1] on a hat histogram: null of UP: mean ≤ tolerance, null of DOWN: mean ≥ tolerance, for
 * the running average under any drift and dependence, at every look. Numbers are rounded to 1/1024 of the gap between two points first.
 * Reference: Waudby-Smith and Ramdas, JRSSB 2024, "Estimating means of bounded random variables by betting".
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for numbers outside [−1, 1], unsound counts, a tolerance outside (0, 1)
 */
export const signedMean: LinearStatistic = createHatStatistic({ name: 'signed-mean', points: differencePoints });

const options = Type.Object({}, { additionalProperties: false });

export const signedMeanKind: Kind<typeof options, LinearStatistic> = {
  name: 'signed-mean',
  summary: 'The mean of a number between −1 and 1, against an upper limit; counts are a histogram in integers.',
  options,
  create: () => signedMean,
};
