// What is watched on production itself, without any shadow: every watch with its state, its rate and one sentence.
import { Type } from 'typebox';
import { answers } from './answers.ts';
import { resource } from './plugin.ts';

const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const time = (description: string) => Type.Number({ description: `${description}, in milliseconds since the epoch` });
const rate = {
  n: Type.Integer({ description: 'rows that could be judged' }),
  hits: Type.Integer({ description: 'of these, on how many it happened' }),
  rate: orNull(Type.Number()),
  interval: orNull(
    Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'covers at all times at once, with 99 %' }),
  ),
};

const watch = Type.Object({
  id: Type.String({ description: 'inputs.allZero; alerts carry it as watch/inputs/allZero' }),
  kind: Type.String(),
  place: Type.Enum(['request', 'answer', 'output', 'request and answer'], { description: 'where it looks' }),
  decision: orNull(Type.String()),
  features: Type.Array(Type.String()),
  notify: Type.Enum(['page', 'ticket', 'none'], { description: 'who hears of its alarm' }),
  status: Type.Enum(['NO_DATA', 'LEARNING', 'QUIET', 'REGRESSED'], {
    description: 'NO_DATA: nothing could be judged, the sentence says why; QUIET: judged, and no alarm is in force',
  }),
  sentence: Type.String({ description: 'for people' }),
  side: orNull(Type.String({ description: 'of several rates, as a distribution has them, the one spoken of' })),
  tolerance: Type.Number({ description: 'the limit of that rate' }),
  seen: Type.Integer({ description: 'production requests in closed buckets since it began' }),
  looked: Type.Integer({ description: 'of these, in how many it found what it looks at' }),
  ...rate,
  recent: Type.Object(
    { ...rate, since: orNull(time('start of the first of these buckets')) },
    { description: 'over the latest buckets; while REGRESSED since the incident probably began' },
  ),
  learned: orNull(
    Type.Object(
      { done: Type.Integer(), of: Type.Integer() },
      { description: 'requests its reference is learned from' },
    ),
  ),
  regressedSince: orNull(time('start of the bucket in which the incident in force probably began')),
  lastBucketAt: orNull(time('start of the newest closed bucket that saw a request')),
});

export const watchesAnswer = Type.Object({
  watches: Type.Array(watch),
  late: Type.Integer({
    description: 'requests that came after their bucket had closed, counted here and nowhere else',
  }),
  failed: Type.Integer({ description: 'requests that could not be looked at because of a fault of penumbra' }),
  closedUntil: orNull(time('every bucket that ends at or before this is closed')),
});

export const watches = resource((app, comparator) => {
  const schema = { summary: 'What is watched on production itself', ...answers(watchesAnswer) };
  app.get('/v1/watches', { schema }, async () => comparator.watches());
});
