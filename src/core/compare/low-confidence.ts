// low-confidence: the arm is less sure of its answer than the bar. n = comparable pairs that the arm answered ok and whose confidence
// is known, for the arm's answer or for production's: an answer without a confidence where production's has one counts as low.
import { type Static, Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric, predictionsOf } from './metric.ts';

const options = Type.Object(
  {
    bar: Type.Number({
      description: 'a confidence above 0 and below 1',
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      examples: [0.6],
    }),
  },
  { additionalProperties: false },
);

export const lowConfidence: Kind<typeof options, Metric> = {
  name: 'low-confidence',
  summary: 'The arm’s confidence in its answer (the winning class’s score) is below the bar.',
  options,
  create: ({ bar }: Static<typeof options>) =>
    createMetric({
      name: 'low-confidence',
      words: 'low-confidence rate',
      counted:
        ' that the arm answered ok and where a confidence is known (one that is missing on the arm alone is low)',
      needsDecision: true,
      kinds: ['binary', 'classes'],
      happened(outcome, pair, decision) {
        const both = predictionsOf(outcome, pair, decision);
        if (both === null) return null;
        const { confidence } = both.shadow;
        // An arm that stops giving probabilities must not leave n that way.
        if (confidence === null) return both.production.confidence === null ? null : true;
        return confidence < bar;
      },
    }),
};
