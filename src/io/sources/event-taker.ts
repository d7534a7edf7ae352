// Takes the events of KServe's and Seldon's loggers, whatever brought them: which are production's, which half of which call each is, and
// hands it to the join. Everything else is counted by reason.
import { type Static, Type } from 'typebox';
import { isOwnCall } from '../../core/own-calls.ts';
import type { RequestMessage } from '../../model.ts';
import type { CloudEvent } from './cloudevents-message.ts';
import type { HalfTaker } from './halves.ts';
import { type InferenceEvent, readInferenceEvent } from './inference-event.ts';
import { joinForm, joinKeyOf } from './join-key.ts';
import type { SourceDeps } from './source-kind.ts';

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

/** Of every source that brings such events. */
export const eventOptions = {
  service: nullable('only events of this inferenceservicename; null: of any'),
  endpoint: nullable('only events of this endpoint; null: of every one but canary'),
  component: Type.String({ description: 'only events of this component, or of none' }),
  path: Type.String({ description: 'of the calls; {model} is the inferenceservicename' }),
  isPairedByEvent: Type.Boolean({ description: 'by the events’ own id; else by `by`' }),
};
const allOptions = Type.Object({ ...eventOptions, by: joinForm });

export interface EventTaker {
  /** `taker` hears in any case that the event is settled, also when it goes nowhere. */
  take(event: CloudEvent, taker?: HalfTaker): void;
  /** Events that come meanwhile are only counted. */
  setPaused(isPaused: boolean): void;
  seen(): Readonly<Record<string, number>>;
  losses(): Readonly<Record<string, number>>;
}

interface TakerState {
  readonly options: Static<typeof allOptions>;
  readonly deps: SourceDeps;
  readonly seen: Record<'events' | 'requests' | 'answers' | 'other_type' | 'elsewhere' | 'own_call' | 'paused', number>;
  readonly lost: Record<'json_end_unknown' | 'no_id', number>;
  isPaused: boolean;
}

export function createEventTaker(options: Static<typeof allOptions>, deps: SourceDeps): EventTaker {
  const state: TakerState = {
    options,
    deps,
    seen: { events: 0, requests: 0, answers: 0, other_type: 0, elsewhere: 0, own_call: 0, paused: 0 },
    lost: { json_end_unknown: 0, no_id: 0 },
    isPaused: false,
  };
  return {
    take: (event, taker) => {
      if (!takeEvent(state, { event, taker })) taker?.settled();
    },
    setPaused: (isPaused) => {
      state.isPaused = isPaused;
    },
    seen: () => ({ ...state.seen }),
    losses: () => ({ ...state.lost }),
  };
}

interface Taking {
  readonly event: CloudEvent;
  readonly taker: HalfTaker | undefined;
}

/** False: it goes nowhere. */
function takeEvent(state: TakerState, { event, taker }: Taking): boolean {
  const { seen, lost, deps } = state;
  seen.events += 1;
  const read = readInferenceEvent(event);
  if (read === 'json_end_unknown') {
    lost.json_end_unknown += 1;
  } else if (read === 'other_type') {
    seen.other_type += 1;
  } else if (!isOurs(state, read)) {
    seen.elsewhere += 1;
  } else if (isOwnCall(read.kept, [event.attributes.id, read.id])) {
    seen.own_call += 1;
    deps.onOwnCall({ 'ce-id': event.attributes.id ?? '', ...read.kept });
  } else if (state.isPaused) {
    seen.paused += 1;
  } else {
    return handOver(state, { event: read, taker });
  }
  return false;
}

/** Canary's calls are another version's. */
function isOurs({ options: wanted }: TakerState, { service, endpoint, component }: InferenceEvent): boolean {
  if (wanted.service !== null && service !== wanted.service) return false;
  if (component !== '' && component !== wanted.component) return false;
  return wanted.endpoint === null ? endpoint !== 'canary' : endpoint === wanted.endpoint;
}

function handOver(
  { options: { by, path, isPairedByEvent }, deps, seen, lost }: TakerState,
  { event, taker }: { event: InferenceEvent; taker: HalfTaker | undefined },
): boolean {
  const { half, headers, body } = event;
  const key = isPairedByEvent ? event.eventKey : joinKeyOf(by, { headers: event.kept, body });
  if (key === null) {
    lost.no_id += 1;
    return false;
  }
  const at = event.at ?? deps.clock.nowMs();
  const common = { key, ...(taker === undefined ? {} : { taker }) };
  seen[half === 'request' ? 'requests' : 'answers'] += 1;
  if (half === 'request') {
    deps.join.request({ ...common, sourceId: event.id, arrivedAt: at, request: requestOf(event, path) });
  } else {
    deps.join.answer({ ...common, answeredAt: at, latencyMs: null, answer: { status: 200, headers, body } });
  }
  return true;
}

function requestOf({ service, headers, body }: InferenceEvent, path: string): RequestMessage {
  return { method: 'POST', path: path.replaceAll('{model}', encodeURIComponent(service || 'model')), headers, body };
}
