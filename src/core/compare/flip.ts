// flip: the arm decided otherwise than production on the same request. n = comparable pairs on which the arm answered ok.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { flippingKinds } from './labelled.ts';
import { createMetric, type Metric, predictionsOf } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const flip: Kind<typeof options, Metric> = {
  name: 'flip',
  summary: 'The label differs from production’s.',
  options,
  create: () =>
    createMetric({
      name: 'flip',
      words: 'flip rate',
      needsDecision: true,
      kinds: flippingKinds,
      happened(outcome, pair, decision) {
        const both = predictionsOf(outcome, pair, decision);
        return both === null ? null : both.production.label !== both.shadow.label;
      },
    }),
};
