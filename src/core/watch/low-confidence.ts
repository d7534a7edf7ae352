// low-confidence: production is less sure of its answer than the bar, as the metric of that name says it of an arm.
// n = answers whose decision has a confidence.
import { lowConfidence as ofArms } from '../compare/low-confidence.ts';
import type { Kind } from '../kind.ts';
import { happenedToProduction } from './as-own-arm.ts';
import { type About, createWatch, type Watch } from './watch.ts';

const { options } = ofArms;

export const lowConfidence: Kind<typeof options, Watch> = {
  name: 'low-confidence',
  summary: 'Production’s confidence in its answer (the winning class’s score) is below the bar.',
  options,
  create: ({ bar }) => {
    const metric = ofArms.create({ bar });
    return createWatch({
      name: 'low-confidence',
      words: 'low-confidence rate',
      looksAt: 'decision',
      counted: 'answers whose decision has a confidence',
      blind: 'no answer held the decision with a confidence (probabilities)',
      applies: metric.applies,
      doubt: (about) => {
        const least = leastConfidence(about);
        return bar <= least
          ? `the confidence of ${about.decision?.name} is that of the winning side, never below ${least}: a bar of ${bar} is never missed`
          : null;
      },
      happened: happenedToProduction(metric),
    });
  },
};

/** Of a score against a threshold the winning side has at least this much. */
function leastConfidence({ decision }: About): number {
  const threshold = decision?.kind === 'binary' ? decision.threshold : null;
  return threshold === null || threshold === undefined ? 0 : Math.min(threshold, 1 - threshold);
}
