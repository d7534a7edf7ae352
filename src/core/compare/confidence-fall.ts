// confidence-fall: the arm is less sure than production was of the same request, by more than `by`. n = comparable pairs that the arm
// answered ok and on which production's confidence is known; an arm's answer without one has lost all of it.
import { type Static, Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric, predictionsOf } from './metric.ts';

const options = Type.Object(
  {
    by: Type.Optional(
      Type.Number({
        description: 'a fall of the confidence above 0 and below 1',
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        default: 0.1,
      }),
    ),
  },
  { additionalProperties: false },
);

export const confidenceFall: Kind<typeof options, Metric> = {
  name: 'confidence-fall',
  summary: 'The arm’s confidence is lower than production’s on the same request by more than `by`.',
  options,
  create: ({ by = 0.1 }: Static<typeof options>) =>
    createMetric({
      name: 'confidence-fall',
      words: 'confidence-fall rate',
      counted: ' that the arm answered ok and where production’s confidence is known',
      needsDecision: true,
      kinds: ['binary', 'classes'],
      happened(outcome, pair, decision) {
        const both = predictionsOf(outcome, pair, decision);
        if (both === null || both.production.confidence === null) return null;
        const { confidence } = both.shadow;
        return confidence === null || both.production.confidence - confidence > by;
      },
    }),
};
