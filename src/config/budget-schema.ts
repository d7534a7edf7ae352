// The shape of what bounds the load: `budget` of an experiment, `blastRadius` of all of them together, and the steps of a `ramp`.
import { Type } from 'typebox';
import { byteRate, duration, rate, share, size, whole } from './fields.ts';

const closed = () => ({ additionalProperties: false });

export const budgetSchema = Type.Object(
  {
    requests: rate('most requests sent to each arm', { default: '50 per second' }),
    inFlight: whole('most requests open at a time, per arm', { minimum: 1, default: 32 }),
    body: size('larger requests are not copied', { default: '4MiB' }),
    bytes: byteRate('most request bytes sent to each arm', { default: '10MiB per second' }),
    total: whole('most requests sent to each arm in a run', { minimum: 1, default: 100_000 }),
    perDay: whole('most requests sent to each arm in 24 hours, over all runs and restarts', {
      minimum: 1,
      default: 1_000_000,
    }),
    bytesPerDay: size('most request bytes sent to each arm in 24 hours', { default: '10GiB' }),
  },
  closed(),
);

export const blastRadiusSchema = Type.Object(
  {
    requests: Type.Optional(rate('most requests sent to all arms of all experiments together')),
    bytes: Type.Optional(byteRate('most request bytes sent to all of them')),
    perDay: Type.Optional(whole('most requests sent to all of them in 24 hours, over restarts', { minimum: 1 })),
    bytesPerDay: Type.Optional(size('most request bytes sent to all of them in 24 hours')),
  },
  closed(),
);

export const rampSchema = Type.Object(
  {
    steps: Type.Array(share('a share of the exchanges'), { minItems: 1, maxItems: 20 }),
    hold: duration('how long each step must be without a worry before the next', { default: '5m' }),
  },
  closed(),
);
