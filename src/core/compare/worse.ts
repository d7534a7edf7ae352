// worse: production was right and the arm wrong (1), the other way round (−1), else 0, once the true outcome is known.
// n = pairs with a known truth on which the arm answered ok. Against the control, the control's prediction stands in for production's.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { hasTruth } from './labelled.ts';
import { type Metric, predictionsOf } from './metric.ts';
import { compareWithTruth } from './truth.ts';

const options = Type.Object({}, { additionalProperties: false });

export const worse: Kind<typeof options, Metric> = {
  name: 'worse',
  summary: 'Production was right and the arm wrong (−1 the other way round), judged when the true outcome arrives.',
  options,
  create: () => ({
    name: 'worse',
    words: 'net share of requests made worse',
    needsDecision: true,
    needsTruth: true,
    applies: hasTruth,
    statistic: () => 'trinomial',
    observe(pair, { decision, against, truth }) {
      if (decision === null || truth === undefined || truth === null) return null;
      const onArm = predictionsOf(pair.arm, pair, decision);
      if (onArm === null) return null;
      if (against === 'limit') {
        return compareWithTruth(decision, { production: onArm.production.label, arm: onArm.shadow.label, truth });
      }
      const onControl = pair.control === null ? null : predictionsOf(pair.control, pair, decision);
      if (onControl === null) return null;
      return compareWithTruth(decision, { production: onControl.shadow.label, arm: onArm.shadow.label, truth });
    },
  }),
};
