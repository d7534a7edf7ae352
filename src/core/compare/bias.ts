// bias: whether the arm's numbers are shifted, up or down: the average of arm − production, with its sign, as a share of the score or of
// the declared scale. n = comparable pairs that the arm answered ok. Only against a fixed limit: |mean| ≤ tolerance.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { type Metric, predictionsOf } from './metric.ts';
import { clipped, numericKinds, unitScore } from './unit-score.ts';

const options = Type.Object({}, { additionalProperties: false });

export const bias: Kind<typeof options, Metric> = {
  name: 'bias',
  summary:
    'The average of the arm’s number minus production’s, with its sign, as a share of the score or of the declared scale; a difference beyond ±100 % counts as that.',
  options,
  create: () => ({
    name: 'bias',
    words: 'bias',
    amount: { noun: 'bias', isTwoSided: true },
    limits: {
      forms: ['at most', 'practically none'],
      otherwise: 'is judged in both directions against a fixed limit: say "at most 2%"',
    },
    needsDecision: true,
    needsTruth: false,
    applies: (kind) => numericKinds.includes(kind),
    statistic: () => 'bias',
    observe(pair, { decision, against }) {
      const both = against === 'limit' ? predictionsOf(pair.arm, pair, decision) : null;
      if (both === null || decision === null) return null;
      const [from, to] = [unitScore(decision, both.production), unitScore(decision, both.shadow)];
      return from === null || to === null ? null : clipped(to - from, [-1, 1]);
    },
  }),
};
