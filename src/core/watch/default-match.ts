// default-match: production answers what it answers when it knows nothing, as the metric of that name says it of an arm. Without a
// declared value it waits for what a control, which is the same version, answers to the input of defaults alone.
// n = answers whose decision can be read, once the value is known.
import { learned, matches, defaultMatch as ofArms } from '../compare/default-match.ts';
import type { Kind } from '../kind.ts';
import { happenedToProduction } from './as-own-arm.ts';
import { countsOf, createWatch, type Trait, type Watch } from './watch.ts';

const { options } = ofArms;

export const defaultMatch: Kind<typeof options, Watch> = {
  name: 'default-match',
  summary: 'Production’s answer is the one that it gives when it knows nothing.',
  options,
  create: (given) => {
    const metric = ofArms.create(given);
    const base = {
      name: 'default-match',
      words: 'default-match rate',
      looksAt: 'decision',
      counted: 'answers whose decision can be read',
      applies: metric.applies,
    } as const;
    if (given.value === undefined) return createWatch({ ...base, ...waiting });
    return createWatch({
      ...base,
      blind: 'no answer held the decision',
      whyUnfit: ({ decision }) => (decision === null ? null : (metric.whyUnfit?.(decision) ?? null)),
      happened: happenedToProduction(metric),
    });
  },
};

interface Memory {
  readonly value: number | string | null;
}

const waiting: Pick<Watch, 'blind' | 'isOrdered' | 'look' | 'start' | 'fold' | 'learnDefault'> = {
  blind: 'no answer held the decision, or no control has answered the input of defaults alone yet',
  isOrdered: true,
  look: ({ prediction }) => (prediction === null ? null : (learned(prediction)?.value ?? null)),
  start: (): Memory => ({ value: null }),
  fold: (memory, looks, { decision }) => {
    const { value } = memory as Memory;
    const hits = value === null || decision === null ? [] : looks.map((look) => isSame(look, { decision, value }));
    return { memory, counts: [countsOf(hits)] };
  },
  learnDefault: (memory, prediction) => {
    const now = learned(prediction);
    return now === null ? memory : ({ value: now.value } satisfies Memory);
  },
};

function isSame(look: Trait, about: Parameters<typeof matches>[1]): boolean {
  const { kind } = about.decision;
  const label = typeof look === 'string' ? look : '';
  const number = typeof look === 'number' ? look : null;
  return (
    matches({ kind, label, scores: number === null ? [] : [number], value: number, confidence: null }, about) === true
  );
}
