// `source.mirror`, `source.cloudevents` and `source.join`: requests and answers that come apart, and how they find each other.
import { Type } from 'typebox';
import { duration, listen, rate, size, text, url, whole } from './fields.ts';

export const mirrorSchema = Type.Object(
  {
    listen: listen('where the proxy sends its mirrored requests, on whatever path they have'),
    prefix: Type.Optional(text('a path that the proxy puts in front, such as /mirrored; taken off again')),
    body: size('requests with a longer body are answered and not taken; at most 16MiB', { default: '4MiB' }),
    answer: Type.Optional(
      Type.Unknown({
        description:
          'where production’s answer comes from: joined (from /v1/answers or cloudevents, by join.id; the default), or {control: URL}: a replica of production is asked',
      }),
    ),
  },
  { additionalProperties: false },
);

export const mirrorControlSchema = Type.Object(
  {
    control: url('a replica of production, whose answer is taken for production’s; never production itself'),
    requests: rate('most requests sent to it', { default: '50 per second' }),
    inFlight: whole('most requests open at a time', { minimum: 1, default: 32 }),
    deadline: duration('a later answer is no answer', { default: '2s' }),
  },
  { additionalProperties: false },
);

const eventMembers = {
  service: Type.Optional(text('only events of this inferenceservicename')),
  endpoint: Type.Optional(text('only events of this endpoint; by default of every one but canary')),
  component: text('only events of this component, or of none', { default: 'predictor' }),
  path: Type.Optional(
    text('the path of the calls, which events do not tell; {model} is the inferenceservicename; by the protocol'),
  ),
  pair: Type.Enum(['by event', 'by join.id'], {
    default: 'by event',
    description: 'by the events’ own id (ce-id, or Seldon’s ce-requestid), or by join.id as the mirror’s requests are',
  }),
};

/** Events of a logger, whatever brings them. */
export const eventsSchema = Type.Object(eventMembers, { additionalProperties: false });

export const cloudeventsSchema = Type.Object(
  {
    listen: Type.Optional(
      listen('an address of its own, for loggers that can send no token; by default /v1/cloudevents of the API'),
    ),
    ...eventMembers,
  },
  { additionalProperties: false },
);

export const joinSchema = Type.Object(
  {
    id: Type.Optional(
      text('what a request and its answer share: "header NAME", "traceparent" or "body /pointer"; by default as `id`'),
    ),
    within: duration('how long a request or an answer waits for the other one', { default: '60s' }),
    memory: size('the most memory that holds what waits; beyond it the oldest is given up', { default: '64MiB' }),
    unanswered: Type.Enum(['lost', 'failed'], {
      default: 'lost',
      description: 'a request without an answer: lost on its way (counted), or failed in production',
    }),
  },
  { additionalProperties: false },
);
