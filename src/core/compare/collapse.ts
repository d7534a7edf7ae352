// collapse: different requests, one answer: the arm answers exactly as it answered the request before in the bucket, although production
// told the two apart. n = comparable pairs with a request before them, both answered ok by the arm and differently by production.
// What stands before a request depends on who counts it: with several comparators each looks at its own.
import { Type } from 'typebox';
import type { Outcome, Pair, Prediction, Predictions } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric, predictionsOf } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const collapse: Kind<typeof options, Metric> = {
  name: 'collapse',
  summary:
    'The arm’s answer is exactly its answer to the request before, although production answered the two differently.',
  options,
  create: () =>
    createMetric({
      name: 'collapse',
      words: 'collapse rate',
      counted: ' that follow another in their bucket, both answered ok by the arm and differently by production',
      needsDecision: true,
      happened(outcome, pair, decision) {
        const both = predictionsOf(outcome, pair, decision);
        if (both === null || decision === null) return null;
        const productionBefore = pair.previous?.production[decision.name];
        const before = answersBefore(outcome, pair)?.[decision.name];
        if (productionBefore === undefined || before === undefined) return null;
        return isSame(both.production, productionBefore) ? null : isSame(both.shadow, before);
      },
    }),
};

/** What the outcome's own side, arm or control, answered to the request before. */
function answersBefore(outcome: Outcome, { arm, previous }: Pair): Predictions | null {
  if (!previous) return null;
  return outcome === arm ? previous.arm : previous.control;
}

/** Exactly, in all that a prediction holds but its confidence, which follows from it. */
function isSame({ confidence: _, ...one }: Prediction, { confidence: __, ...other }: Prediction): boolean {
  const names = Object.keys({ ...one, ...other }) as (keyof typeof one)[];
  return names.every((name) => isSameValue(one[name], other[name]));
}

function isSameValue(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((entry, index) => entry === other[index]);
}
