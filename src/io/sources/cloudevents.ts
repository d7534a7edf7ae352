// The events that KServe's and Seldon's loggers post: request and answer of one call come apart, in any order, some twice, some never.
// Answered at once: a logger has few workers and a short queue in front of production, and waits for every answer.
import { type Static, Type } from 'typebox';
import { isOwnCall } from '../../core/own-calls.ts';
import { PenumbraError } from '../../errors.ts';
import type { RequestMessage } from '../../model.ts';
import type { RouteAnswer, Source } from '../ports.ts';
import { batchType, type CloudEvent, readCloudEvents, structuredType } from './cloudevents-message.ts';
import { type InferenceEvent, readInferenceEvent } from './inference-event.ts';
import { joinForm, joinKeyOf } from './join-key.ts';
import { createListener } from './listener.ts';
import type { SourceDeps, SourceKind } from './source-kind.ts';

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });
const options = Type.Object({
  listen: nullable('an address of its own, for loggers that can send no token; null: /v1/cloudevents of the API'),
  service: nullable('only events of this inferenceservicename; null: of any'),
  endpoint: nullable('only events of this endpoint; null: of every one but canary'),
  component: Type.String({ description: 'only events of this component, or of none' }),
  path: Type.String({ description: 'of the calls; {model} is the inferenceservicename' }),
  isPairedByEvent: Type.Boolean({ description: 'by the events’ own id; else by `by`' }),
  by: joinForm,
});

const maxBytes = 16 * 1024 * 1024;
const answer = Type.Object({ accepted: Type.Integer(), rejected: Type.Integer() });

interface CloudEventsState {
  readonly options: Static<typeof options>;
  readonly deps: SourceDeps;
  readonly counts: Record<Count, number>;
  isPaused: boolean;
}

type Lost = 'malformed' | 'json_end_unknown' | 'no_id';
type Count = 'events' | 'requests' | 'answers' | 'other_type' | 'elsewhere' | 'own_call' | 'paused' | Lost;

export const cloudevents: SourceKind<typeof options> = {
  name: 'cloudevents',
  summary: 'the events of KServe’s and Seldon’s loggers, in binary, structured or batch mode; paired by their id',
  options,
  create: (given) => (deps) => createCloudEvents(given, deps),
};

function createCloudEvents(given: Static<typeof options>, deps: SourceDeps): Source {
  const counts = { events: 0, requests: 0, answers: 0, other_type: 0, elsewhere: 0, own_call: 0, paused: 0 };
  const lost = { malformed: 0, json_end_unknown: 0, no_id: 0 };
  const state: CloudEventsState = { options: given, deps, counts: { ...counts, ...lost }, isPaused: false };
  const take = (message: RequestMessage): RouteAnswer => takeMessage(state, message);
  const listener =
    given.listen === null ? null : createListener({ listen: given.listen, maxBodyBytes: maxBytes, take });
  return {
    name: 'cloudevents',
    start: async () => listener?.start(),
    stop: async () => listener?.stop(),
    pause: () => {
      state.isPaused = true;
    },
    resume: () => {
      state.isPaused = false;
    },
    losses: () => ({ ...picked(state.counts, lost), ...listener?.refused() }),
    seen: () => picked(state.counts, counts),
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
      state.counts.malformed += 1;
      if (events.length === 1) throw event;
    } else {
      accepted += 1;
      takeEvent(state, event);
    }
  }
  return { status: 200, body: { accepted, rejected: events.length - accepted } };
}

function readAll({ counts }: CloudEventsState, message: RequestMessage): readonly (CloudEvent | PenumbraError)[] {
  try {
    return readCloudEvents(message, maxBytes);
  } catch (thrown) {
    counts.malformed += 1;
    throw thrown;
  }
}

function takeEvent(state: CloudEventsState, event: CloudEvent): void {
  const { counts, deps } = state;
  counts.events += 1;
  const read = readInferenceEvent(event);
  if (typeof read === 'string') {
    counts[read] += 1;
  } else if (!isOurs(state, read)) {
    counts.elsewhere += 1;
  } else if (isOwnCall(read.kept, [event.attributes.id, read.id])) {
    counts.own_call += 1;
    deps.onOwnCall({ 'ce-id': event.attributes.id ?? '', ...read.kept });
  } else if (state.isPaused) {
    counts.paused += 1;
  } else {
    handOver(state, read);
  }
}

/** Canary's calls are another version's. */
function isOurs({ options: wanted }: CloudEventsState, { service, endpoint, component }: InferenceEvent): boolean {
  if (wanted.service !== null && service !== wanted.service) return false;
  if (component !== '' && component !== wanted.component) return false;
  return wanted.endpoint === null ? endpoint !== 'canary' : endpoint === wanted.endpoint;
}

function handOver(
  { options: { by, path, isPairedByEvent }, deps, counts }: CloudEventsState,
  event: InferenceEvent,
): void {
  const { half, headers, body } = event;
  const key = isPairedByEvent ? event.eventKey : joinKeyOf(by, { headers: event.kept, body });
  if (key === null) {
    counts.no_id += 1;
    return;
  }
  const at = event.at ?? deps.clock.nowMs();
  counts[half === 'request' ? 'requests' : 'answers'] += 1;
  if (half === 'request') {
    deps.join.request({ key, sourceId: event.id, arrivedAt: at, request: requestOf(event, path) });
  } else {
    deps.join.answer({ key, answeredAt: at, latencyMs: null, answer: { status: 200, headers, body } });
  }
}

function requestOf({ service, headers, body }: InferenceEvent, path: string): RequestMessage {
  return { method: 'POST', path: path.replaceAll('{model}', encodeURIComponent(service || 'model')), headers, body };
}

function picked(counts: Record<Count, number>, names: Partial<Record<Count, number>>): Record<string, number> {
  return Object.fromEntries((Object.keys(names) as Count[]).map((name) => [name, counts[name]]));
}
