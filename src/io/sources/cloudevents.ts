// The events that KServe's and Seldon's loggers post: request and answer of one call come apart, in any order, some twice, some never.
// Answered at once: a logger has few workers and a short queue in front of production, and waits for every answer.
import { type Static, Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { RequestMessage } from '../../model.ts';
import type { RouteAnswer, Source } from '../ports.ts';
import { batchType, type CloudEvent, readCloudEvents, structuredType } from './cloudevents-message.ts';
import { createEventTaker, type EventTaker, eventOptions } from './event-taker.ts';
import { joinForm } from './join-key.ts';
import { createListener } from './listener.ts';
import type { SourceDeps, SourceKind } from './source-kind.ts';

const listen = Type.Union([Type.String(), Type.Null()], {
  description: 'an address of its own, for loggers that can send no token; null: /v1/cloudevents of the API',
});
const options = Type.Object({ listen, ...eventOptions, by: joinForm });

const maxBytes = 16 * 1024 * 1024;
const answer = Type.Object({ accepted: Type.Integer(), rejected: Type.Integer() });

interface CloudEventsState {
  readonly taker: EventTaker;
  malformed: number;
}

export const cloudevents: SourceKind<typeof options> = {
  name: 'cloudevents',
  summary: 'the events of KServe’s and Seldon’s loggers, in binary, structured or batch mode; paired by their id',
  options,
  create: (given) => (deps) => createCloudEvents(given, deps),
};

function createCloudEvents(given: Static<typeof options>, deps: SourceDeps): Source {
  const state: CloudEventsState = { taker: createEventTaker(given, deps), malformed: 0 };
  const { taker } = state;
  const take = (message: RequestMessage): RouteAnswer => takeMessage(state, message);
  const listener =
    given.listen === null ? null : createListener({ listen: given.listen, maxBodyBytes: maxBytes, take });
  return {
    name: 'cloudevents',
    start: async () => listener?.start(),
    stop: async () => listener?.stop(),
    pause: () => taker.setPaused(true),
    resume: () => taker.setPaused(false),
    losses: () => ({ malformed: state.malformed, ...taker.losses(), ...listener?.refused() }),
    seen: taker.seen,
    ...(listener === null ? { routes: [routeOf(take)] } : {}),
  };
}

function routeOf(take: (message: RequestMessage) => RouteAnswer) {
  const event = Type.Unknown({ description: 'the inference message, in binary mode; attributes are ce- headers' });
  return {
    path: '/v1/cloudevents',
    summary: 'What KServe’s or Seldon’s logger posts: CloudEvents in binary, structured or batch mode',
    bodies: {
      [structuredType]: { schema: Type.Object({}), maxBytes },
      [batchType]: { schema: Type.Array(Type.Object({})), maxBytes },
      '*': { schema: event, maxBytes },
    },
    answer: { status: 200, schema: answer },
    take: async (message: RequestMessage) => take(message),
  };
}

/** @throws PenumbraError of a single event */
function takeMessage(state: CloudEventsState, message: RequestMessage): RouteAnswer {
  const events = readAll(state, message);
  let accepted = 0;
  for (const event of events) {
    if (event instanceof PenumbraError) {
      state.malformed += 1;
      if (events.length === 1) throw event;
    } else {
      accepted += 1;
      state.taker.take(event);
    }
  }
  return { status: 200, body: { accepted, rejected: events.length - accepted } };
}

function readAll(state: CloudEventsState, message: RequestMessage): readonly (CloudEvent | PenumbraError)[] {
  try {
    return readCloudEvents(message, maxBytes);
  } catch (thrown) {
    state.malformed += 1;
    throw thrown;
  }
}
