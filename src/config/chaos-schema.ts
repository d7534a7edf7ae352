// The shape of `chaos`: the suite of experiments that `penumbra chaos` runs, and of what stands in it.
import { Type } from 'typebox';
import { duration, rate, share, text, whole } from './fields.ts';

const closed = (options: { notYet?: string[] } = {}) => ({ additionalProperties: false, ...options });
const anything = (description: string) => Type.Unknown({ description });

export const chaosSchema = Type.Object(
  {
    versions: anything('the versions that are put under every fault, by name; the first is the one in production'),
    traffic: anything('the requests: {rows: FILE}, {recording: FILE} or {live: {}}'),
    features: Type.Optional(Type.Array(text('a declared input'), { minItems: 1, maxItems: 200 })),
    faults: anything('what is done to each feature in turn, or to the whole request, by name'),
    expect: Type.Optional(anything('what is expected under every fault ("all"), one fault, or one fault of a feature')),
    warmUp: whole('unscored requests before counting starts, in every experiment', { minimum: 0, default: 50 }),
    deadline: Type.Optional(
      duration('an answer later than this is a timeout; by default 5 times the promised latency'),
    ),
    budget: Type.Optional(anything('live: the most load that a cell may cause, as of an experiment')),
    stopWhen: Type.Optional(anything('live: what in production ends the whole suite')),
    schedule: Type.Optional(anything('live: when the suite starts by itself, as a cron line in a time zone')),
    inFlight: whole('most requests open at a time, of an experiment', { minimum: 1, default: 64 }),
    maxTime: duration('experiments that have not begun by then are left out, and said so', { default: '30m' }),
  },
  closed(),
);

export const trafficSchema = Type.Object(
  {
    rows: Type.Optional(text('JSON lines with "features": the declared inputs of one tensor, in its order')),
    recording: Type.Optional(text('recorded exchanges, as penumbra replay reads them')),
    live: Type.Optional(anything('what production gets while the suite runs within serve')),
    requests: whole('how many requests every cell is asked, from the first', { minimum: 1, default: 2000 }),
    rate: rate('rows: how fast they come, by their own clock', { default: '100 per second' }),
  },
  closed(),
);

export const liveTrafficSchema = Type.Object(
  {
    maxTime: duration('a cell ends after this time, however many requests came', { default: '10m' }),
    share: share('which part of the requests a cell sees', { default: '100%' }),
  },
  closed(),
);

export const chaosFaultSchema = Type.Object(
  {
    perturb: Type.Optional(anything('changes made to the request; "each" stands for the feature whose turn it is')),
    faults: Type.Optional(anything('faults of transport and dependencies')),
    features: Type.Optional(Type.Array(text('a declared input'), { minItems: 1, maxItems: 200 })),
  },
  closed({ notYet: ['process'] }),
);
