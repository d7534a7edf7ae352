// psi: the population stability index between production's scores and the arm's in 8 equal bins: a number, not a share.
// n = comparable pairs that the arm answered ok.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import type { Metric } from './metric.ts';
import { scorePair, whyNoScorePair } from './score-pair.ts';
import { numericKinds } from './unit-score.ts';

const options = Type.Object({}, { additionalProperties: false });

export const psi: Kind<typeof options, Metric> = {
  name: 'psi',
  summary:
    'The population stability index (natural logarithm) of the arm’s scores, or values on the declared scale, against production’s in 8 equal bins, shares smoothed by 0.001.',
  options,
  create: () => ({
    name: 'psi',
    words: 'PSI',
    amount: { noun: 'PSI', isPlainNumber: true },
    limits: { forms: ['at most'], otherwise: 'is judged against a fixed limit: say "at most 0.2"' },
    whyNotPerSegment: 'has no e-values, by which segments are judged together: use pairedKs, or write it without "per"',
    advice: 'a limit on PSI is slow to prove, paired KS (pairedKs: at most 2%) proves likeness sooner',
    needsDecision: true,
    needsTruth: false,
    applies: (kind) => numericKinds.includes(kind),
    whyUnfit: whyNoScorePair,
    statistic: () => 'psi',
    observe: (pair, context) => (context.against === 'limit' ? scorePair(pair, context) : null),
  }),
};
