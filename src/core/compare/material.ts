// material: the arm's score or value differs from production's by more than the decision's `material`.
// n = comparable pairs on which the arm answered ok.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric, predictionsOf } from './metric.ts';
import { movedMaterially } from './moved-materially.ts';

const options = Type.Object({}, { additionalProperties: false });

export const material: Kind<typeof options, Metric> = {
  name: 'material',
  summary: 'The score, the value or (where there is nothing else) the label differs materially from production’s.',
  options,
  create: () =>
    createMetric({
      name: 'material',
      words: 'material difference rate',
      needsDecision: true,
      happened(outcome, pair, decision) {
        const both = predictionsOf(outcome, pair, decision);
        return both === null || decision === null ? null : movedMaterially(decision, both);
      },
    }),
};
