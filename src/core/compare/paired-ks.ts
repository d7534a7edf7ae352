// paired-ks: the largest difference between the arm's score distribution and production's (or, against the control, the control's), at
// 63 edges between 0 and 1, request by request. n = comparable pairs that the arm answered ok (against the control: and the control).
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import type { Metric } from './metric.ts';
import { scorePair, whyNoScorePair } from './score-pair.ts';
import { numericKinds } from './unit-score.ts';

const options = Type.Object({}, { additionalProperties: false });

export const pairedKs: Kind<typeof options, Metric> = {
  name: 'paired-ks',
  summary:
    'The largest difference, at 63 edges, between the share of the arm’s scores (or values on the declared scale) up to an edge and the share of production’s; numbers outside the scale count at its ends.',
  options,
  create: () => ({
    name: 'paired-ks',
    words: 'paired KS distance',
    amount: { noun: 'distance', isBetweenArms: true },
    needsDecision: true,
    needsTruth: false,
    applies: (kind) => numericKinds.includes(kind),
    whyUnfit: whyNoScorePair,
    statistic: () => 'paired-ks',
    observe: scorePair,
  }),
};
