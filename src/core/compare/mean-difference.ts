// mean-difference: how far the arm's answer is from production's, on average over the requests: 0 the same, 1 as far as can be.
// n = comparable pairs that the arm answered ok and whose distance can be said. Against the control X = D_arm − D_control.
import { Type } from 'typebox';
import type { Decision, Outcome, Pair } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { distanceOf } from './distance.ts';
import { type Metric, predictionsOf } from './metric.ts';

const options = Type.Object({}, { additionalProperties: false });

export const meanDifference: Kind<typeof options, Metric> = {
  name: 'mean-difference',
  summary:
    'The average distance of the arm’s answer from production’s, as a share of the score or of the declared scale; beyond 100 % counts as 100 %.',
  options,
  create: () => ({
    name: 'mean-difference',
    words: 'mean difference',
    amount: { noun: 'mean' },
    needsDecision: true,
    needsTruth: false,
    applies: () => true,
    statistic: (against) => (against === 'control' ? 'signed-mean' : 'bounded-mean'),
    observe(pair, { decision, against }) {
      const onArm = distance(pair.arm, pair, decision);
      if (onArm === null || against === 'limit') return onArm;
      const onControl = pair.control === null ? null : distance(pair.control, pair, decision);
      return onControl === null ? null : onArm - onControl;
    },
  }),
};

function distance(outcome: Outcome, pair: Pair, decision: Decision | null): number | null {
  const both = predictionsOf(outcome, pair, decision);
  const far = both === null || decision === null ? null : distanceOf(decision, both);
  return far !== null && far >= 0 && far <= 1 ? far : null;
}
