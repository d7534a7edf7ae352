// recovered: after its process was struck, the arm answers again, and rightly; meant for "at least" (relation sensitive).
// n = comparable pairs whose request was sent at least `within` after the last strike and before the next one; whatever fails or differs
// materially among them counts against it. A request that was under way when the process was struck is not among them.
import { type Static, Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric, predictionsOf } from './metric.ts';
import { movedMaterially } from './moved-materially.ts';

const options = Type.Object(
  {
    withinMs: Type.Number({
      description: 'how long it may take to be back',
      exclusiveMinimum: 0,
      examples: [10_000],
    }),
  },
  { additionalProperties: false },
);

export const recovered: Kind<typeof options, Metric> = {
  name: 'recovered',
  summary:
    'Answered ok and not materially different from production, once `within` had passed since its process was struck.',
  options,
  create: ({ withinMs }: Static<typeof options>) =>
    createMetric({
      name: 'recovered',
      words: 'recovery rate',
      counted: ' whose request was sent at least `within` after the last strike and before the next',
      needsDecision: true,
      limits: { forms: ['at least'], otherwise: 'is the share that was answered rightly again: say "at least 99%"' },
      isAsked: ({ arm }) => (arm.sinceStrikeMs ?? -1) >= withinMs,
      happened(outcome, pair, decision) {
        const both = predictionsOf(outcome, pair, decision);
        // What cannot be shown to be right is not back.
        return both !== null && decision !== null && movedMaterially(decision, both) === false;
      },
    }),
};
