// The shapes of one entry of `stopWhen`: a limit on production's own requests, or on a number that Prometheus computes.
import { Type } from 'typebox';
import { duration, text, url, whole } from './fields.ts';

export const stopSchema = Type.Object(
  {
    when: text('such as: production.p99 above 250ms'),
    window: duration('one window is one observation: a hiccup shorter than it counts once', { default: '1s' }),
    minCount: whole('windows are joined until they hold this many exchanges', { minimum: 1, default: 1 }),
    windows: whole('besides the proof, this many windows in a row must be over', { minimum: 1, default: 1 }),
  },
  { additionalProperties: false },
);

export const prometheusStopSchema = Type.Object(
  {
    prometheus: url('where Prometheus, or what speaks its HTTP API, answers'),
    query: text('a PromQL expression that gives one number'),
    above: Type.Optional(Type.Number({ description: 'over the limit is a value above this' })),
    below: Type.Optional(Type.Number({ description: 'over the limit is a value below this' })),
    every: duration('how often it is asked; three times without a usable answer abort, too', { default: '10s' }),
    times: whole('so many answers in a row must be over the limit', { minimum: 1, default: 3 }),
    headers: Type.Optional(Type.Unknown({ description: 'headers to add; secrets as references' })),
  },
  { additionalProperties: false },
);
