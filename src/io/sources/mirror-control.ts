// A mirrored request whose answer nobody tells: a replica of production is asked, within its limits, and its answer is taken for
// production's. The calls are marked, so that what comes back of them through any source is known as penumbra's own.
import { Pool } from 'undici';
import { marksOf, shadowIdPrefix } from '../../core/own-calls.ts';
import type { RawExchange, RequestMessage } from '../../model.ts';
import { forwarded } from '../forwarded-headers.ts';
import { callOnce } from '../http-call.ts';
import type { Clock } from '../ports.ts';

export interface MirrorControlOptions {
  readonly url: string;
  readonly maxRequestsPerSecond: number;
  readonly maxInFlight: number;
  readonly deadlineMs: number;
}

export interface MirrorControl {
  /** Null: over its limits, or without an answer; counted. Never rejects. */
  ask(asked: { readonly id: string; readonly request: RequestMessage }): Promise<RawExchange | null>;
  /** Ends what is under way, uncounted; what is asked later goes out again. */
  cut(): void;
  losses(): Readonly<Record<'control_limit' | 'control_failed', number>>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

const maxAnswerBytes = 16 * 1024 * 1024;
const connectTimeoutMs = 2000;

interface ControlState {
  readonly options: MirrorControlOptions;
  readonly clock: Clock;
  readonly pool: Pool;
  readonly counts: Record<'control_limit' | 'control_failed', number>;
  readonly spend: () => boolean;
  inFlight: number;
  abort: AbortController;
}

export function createMirrorControl(options: MirrorControlOptions, { clock }: { clock: Clock }): MirrorControl {
  const pool = new Pool(new URL(options.url).origin, {
    connections: options.maxInFlight,
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs },
  });
  const state: ControlState = {
    options,
    clock,
    pool,
    counts: { control_limit: 0, control_failed: 0 },
    spend: createPace(options.maxRequestsPerSecond, clock),
    inFlight: 0,
    abort: new AbortController(),
  };
  return {
    ask: (asked) => ask(state, asked),
    cut: () => {
      state.abort.abort();
      state.abort = new AbortController();
    },
    losses: () => ({ ...state.counts }),
    close: () => pool.destroy(),
  };
}

async function ask(
  state: ControlState,
  { id, request }: { readonly id: string; readonly request: RequestMessage },
): Promise<RawExchange | null> {
  const { options, clock, counts, pool } = state;
  if (state.inFlight >= options.maxInFlight || !state.spend()) {
    counts.control_limit += 1;
    return null;
  }
  const [arrivedAt, sinceMs] = [clock.nowMs(), clock.monotonicMs()];
  const own = `${shadowIdPrefix}${id}`.slice(0, 256).replace(/[^\x21-\x7e]/g, '_');
  const { pathname } = new URL(options.url);
  const { signal } = state.abort;
  state.inFlight += 1;
  const ending = await callOnce(pool, {
    method: request.method,
    path: pathname === '/' ? request.path : pathname,
    headers: { ...forwarded(request.headers), ...marksOf('mirror/control', own) },
    body: request.body,
    deadlineMs: options.deadlineMs,
    maxAnswerBytes,
    signal,
  });
  state.inFlight -= 1;
  if (signal.aborted) return null;
  if (ending.failure) {
    counts.control_failed += 1;
    return null;
  }
  const { status, headers, body } = ending;
  return {
    sourceId: id,
    arrivedAt,
    latencyMs: clock.monotonicMs() - sinceMs,
    request,
    answer: { status, headers, body },
  };
}

/** At most so many in any second, and no burst of more than a second's worth. */
function createPace(perSecond: number, clock: Clock): () => boolean {
  const most = Math.max(1, perSecond);
  let left = most;
  let atMs = clock.monotonicMs();
  return () => {
    const nowMs = clock.monotonicMs();
    left = Math.min(most, left + ((nowMs - atMs) / 1000) * perSecond);
    atMs = nowMs;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
