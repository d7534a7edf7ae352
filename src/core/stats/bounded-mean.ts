// Bounded mean: how far an answer moves on average (|score difference|), or by how much it is worse (signed), against a limit.
// Counts: [n, weight at each of 23 points], or of 45 for signed numbers; 1024 units of weight per observation.
import { type Static, Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { differencePoints, distancePoints } from './hat-histogram.ts';
import { createHatStatistic } from './hat-statistic.ts';
import type { LinearStatistic } from './linear.ts';

const options = Type.Object(
  {
    signed: Type.Optional(
      Type.Boolean({
        description: 'numbers from −1 to 1 instead of 0 to 1; the claim stays "mean at most"',
        default: false,
      }),
    ),
  },
  { additionalProperties: false },
);

/**
 * Bounded-mean mixture e-process on a hat histogram: null of UP: mean ≤ tolerance, null of DOWN: mean ≥ tolerance, for the running
 * average under any drift and dependence, at every look. Numbers are rounded to 1/1024 of the gap between two points first.
 * Reference: Waudby-Smith and Ramdas, JRSSB 2024, "Estimating means of bounded random variables by betting".
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for numbers out of range or not finite, unsound counts, a tolerance outside (0, 1)
 * @example
 * const counts = zeroCounts(boundedMean.size);
 * for (let n = 0; n < 700; n++) boundedMean.add(counts, 0.001);
 * boundedMean.evidence(counts, { tolerance: 0.01, alphaViolated: 0.01, alphaHolds: 0.01 }).logEDown >= Math.log(100) // true
 */
export function createBoundedMean({ signed = false }: Static<typeof options> = {}): LinearStatistic {
  return createHatStatistic({ name: 'bounded-mean', points: signed ? differencePoints : distancePoints });
}

/** Of numbers from 0 to 1; `createBoundedMean({ signed: true })` for −1 to 1. */
export const boundedMean: LinearStatistic = createBoundedMean();

export const boundedMeanKind: Kind<typeof options, LinearStatistic> = {
  name: 'bounded-mean',
  summary: 'The mean of a number between 0 and 1 (or −1 and 1), against a limit; counts are a histogram in integers.',
  options,
  create: createBoundedMean,
};
