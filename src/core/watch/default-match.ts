// default-match: production answers what it answers when it knows nothing, as the metric of that name says it of an arm.
// n = answers whose decision can be read.
import { defaultMatch as ofArms } from '../compare/default-match.ts';
import type { Kind } from '../kind.ts';
import { happenedToProduction } from './as-own-arm.ts';
import { createWatch, type Watch } from './watch.ts';

const { options } = ofArms;

export const defaultMatch: Kind<typeof options, Watch> = {
  name: 'default-match',
  summary: 'Production’s answer is the declared one that it gives when it knows nothing.',
  options,
  create: ({ value }) => {
    const metric = ofArms.create({ value });
    return createWatch({
      name: 'default-match',
      words: 'default-match rate',
      looksAt: 'decision',
      counted: 'answers whose decision can be read',
      blind: 'no answer held the decision',
      applies: metric.applies,
      whyUnfit: ({ decision }) => (decision === null ? null : (metric.whyUnfit?.(decision) ?? null)),
      happened: happenedToProduction(metric),
    });
  },
};
