// What Envoy, Istio, nginx or a Gateway mirrors: the requests alone, on the paths they had. Production's answer is joined from another
// feed by an id that both carry, or a replica of production is asked for it.
import { type Static, Type } from 'typebox';
import { isOwnCall } from '../../core/own-calls.ts';
import type { RawExchange, RequestMessage } from '../../model.ts';
import type { RouteAnswer, Source } from '../ports.ts';
import { answersRoute } from './answers.ts';
import { joinForm, joinKeyOf } from './join-key.ts';
import { createListener } from './listener.ts';
import { createMirrorControl, type MirrorControl } from './mirror-control.ts';
import type { SourceDeps, SourceKind } from './source-kind.ts';

const options = Type.Object({
  listen: Type.String({ description: 'where the proxy sends its mirrored requests, on whatever path they have' }),
  prefix: Type.Union([Type.String(), Type.Null()], { description: 'taken off the paths; null: nothing is' }),
  maxBodyBytes: Type.Integer({ minimum: 1, description: 'longer requests are answered and not taken' }),
  control: Type.Union(
    [
      Type.Object({
        url: Type.String(),
        maxRequestsPerSecond: Type.Number({ exclusiveMinimum: 0 }),
        maxInFlight: Type.Integer({ minimum: 1 }),
        deadlineMs: Type.Integer({ minimum: 1 }),
      }),
      Type.Null(),
    ],
    { description: 'a replica of production that is asked for the answer; null: answers are joined' },
  ),
  by: joinForm,
});

export const mirror: SourceKind<typeof options> = {
  name: 'mirror',
  summary:
    'requests that a proxy mirrors to an address of its own; answers come by /v1/answers, by events, or from a control',
  options,
  create: (given) => (deps) => createMirror(given, deps),
};

interface MirrorState {
  readonly options: Static<typeof options>;
  readonly deps: SourceDeps;
  readonly control: MirrorControl | null;
  readonly seen: Record<'requests' | 'not_inference' | 'elsewhere' | 'own_call' | 'paused', number>;
  noId: number;
  /** Answers that could not be read. */
  malformed: number;
  sequence: number;
  isPaused: boolean;
  deliver: (exchange: RawExchange) => void;
}

/** Nobody reads it; 204 keeps a proxy's connection and costs it nothing. */
const taken: RouteAnswer = { status: 204, body: null };

function newState(given: Static<typeof options>, deps: SourceDeps): MirrorState {
  return {
    options: given,
    deps,
    control: given.control && createMirrorControl(given.control, deps),
    seen: { requests: 0, not_inference: 0, elsewhere: 0, own_call: 0, paused: 0 },
    noId: 0,
    malformed: 0,
    sequence: 0,
    isPaused: false,
    deliver: () => undefined,
  };
}

function createMirror(given: Static<typeof options>, deps: SourceDeps): Source {
  const state = newState(given, deps);
  const listener = createListener({
    listen: given.listen,
    maxBodyBytes: given.maxBodyBytes,
    take: (message) => {
      take(state, message);
      return taken;
    },
  });
  return {
    name: 'mirror',
    start: async (deliver) => {
      state.deliver = deliver;
      await listener.start();
      deps.log.info({ listen: given.listen, port: listener.port() }, 'waiting for mirrored requests');
    },
    stop: async () => {
      state.isPaused = true;
      await listener.stop();
      await state.control?.close();
    },
    pause: () => {
      state.isPaused = true;
      state.control?.cut();
    },
    resume: () => {
      state.isPaused = false;
    },
    losses: () => ({
      no_id: state.noId,
      malformed: state.malformed,
      ...state.control?.losses(),
      ...listener.refused(),
    }),
    seen: () => ({ ...state.seen }),
    ...(given.control === null ? { routes: [answersRoute(deps, () => state.malformed++)] } : {}),
  };
}

function take(state: MirrorState, mirrored: RequestMessage): void {
  const { deps, seen, options: given } = state;
  seen.requests += 1;
  const request = asSentToProduction(mirrored, given.prefix);
  if (request === null) {
    seen.elsewhere += 1;
  } else if (isOwnCall(request.headers)) {
    seen.own_call += 1;
    deps.onOwnCall(request.headers);
  } else if (state.isPaused) {
    seen.paused += 1;
  } else if (!deps.isInference(request)) {
    seen.not_inference += 1;
  } else if (state.control !== null) {
    void askControl(state, state.control, request);
  } else {
    join(state, request);
  }
}

function join(state: MirrorState, request: RequestMessage): void {
  const key = joinKeyOf(state.options.by, request);
  if (key === null) state.noId += 1;
  else state.deps.join.request({ key, sourceId: key, arrivedAt: state.deps.clock.nowMs(), request });
}

async function askControl(state: MirrorState, control: MirrorControl, request: RequestMessage): Promise<void> {
  state.sequence += 1;
  const id = `mirror-${state.deps.clock.nowMs().toString(36)}-${state.sequence}`;
  const exchange = await control.ask({ id: joinKeyOf(state.options.by, request) ?? id, request });
  if (exchange !== null && !state.isPaused) state.deliver({ ...exchange, sourceId: id });
}

/** Without what the mirror put in front of the path and behind the host; null when it is not below the prefix. */
function asSentToProduction(message: RequestMessage, prefix: string | null): RequestMessage | null {
  const { path, headers } = message;
  const rest = prefix === null ? path : path.startsWith(prefix) ? path.slice(prefix.length) : null;
  if (rest === null || (prefix !== null && rest !== '' && !/^[/?]/.test(rest))) return null;
  const { host } = headers;
  // Envoy sends h as h-shadow, and h:80 as h-shadow:80.
  const original = host === undefined ? {} : { host: host.replace(/-shadow(?=:\d+$|$)/, '') };
  return { ...message, path: rest.startsWith('/') ? rest : `/${rest}`, headers: { ...headers, ...original } };
}
