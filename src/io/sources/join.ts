// Makes exchanges of requests and answers that come apart, in any order: from a mirror, from a logger's events, from a feed of answers.
// Bounded in time, entries and bytes; whatever finds no partner is counted by reason. A pair is handed over exactly once.
import type { RawExchange } from '../../model.ts';
import type { Clock, Source } from '../ports.ts';
import { type AnswerHalf, exchangeOf, failedOf, type HalfTaker, type RequestHalf, sizeOf } from './halves.ts';

/** `late`: its partner was given up before; `duplicate`: the same half came before. */
export type HalfFate = 'joined' | 'waiting' | 'duplicate' | 'late' | 'too_large';

export interface JoinOptions {
  /** How long a half waits for the other one. */
  readonly withinMs: number;
  /** Of what waits; beyond it the oldest is given up. */
  readonly maxBytes: number;
  readonly maxEntries?: number;
  /** What a request without an answer means: that the answer was lost, or that production failed. */
  readonly unanswered: 'lost' | 'failed';
}

/** It is a source of its own, so that what it loses is counted where every loss is. */
export interface Join extends Source {
  request(half: RequestHalf): HalfFate;
  answer(half: AnswerHalf): HalfFate;
}

type Waiting = { readonly sinceMs: number; readonly bytes: number; taker: HalfTaker | undefined } & (
  | { readonly type: 'request'; readonly half: RequestHalf }
  | { readonly type: 'answer'; readonly half: AnswerHalf }
);

/** What became of a key, as long as it is remembered. */
interface Done {
  readonly sinceMs: number;
  /** Halves that came; a third one can only be a copy. */
  readonly request: boolean;
  readonly answer: boolean;
}

interface JoinState extends Required<JoinOptions> {
  readonly clock: Clock;
  /** Both in the order of their times: the oldest is the first. */
  readonly waiting: Map<string, Waiting>;
  readonly done: Map<string, Done>;
  readonly counts: Record<
    'no_answer' | 'no_request' | 'full' | 'late' | 'duplicate' | 'too_large' | 'unreadable' | 'joined',
    number
  >;
  deliver: (exchange: RawExchange) => void;
  bytes: number;
  isStopped: boolean;
  cancelTimer: (() => void) | null;
}

export function createJoin(options: JoinOptions, { clock }: { clock: Clock }): Join {
  const counts = {
    no_answer: 0,
    no_request: 0,
    full: 0,
    late: 0,
    duplicate: 0,
    too_large: 0,
    unreadable: 0,
    joined: 0,
  };
  const sinceMs = () => clock.monotonicMs();
  const state: JoinState = {
    maxEntries: 100_000,
    ...options,
    clock,
    waiting: new Map(),
    done: new Map(),
    counts,
    deliver: () => undefined,
    ...{ bytes: 0, isStopped: false, cancelTimer: null },
  };
  const take = (one: Waiting): HalfFate => {
    const fate = takeHalf(state, one);
    if (fate === 'waiting' || fate === 'joined') return fate;
    counts[fate] += 1;
    // After the end nothing is settled: it is read again by whoever comes next.
    if (!state.isStopped) one.taker?.settled();
    return fate;
  };
  return {
    name: 'join',
    start: async (deliver) => {
      state.deliver = deliver;
    },
    stop: async () => {
      state.isStopped = true;
      state.cancelTimer?.();
      state.cancelTimer = null;
      for (const one of state.waiting.values()) counts[whyAlone(one)] += 1;
      state.waiting.clear();
      state.bytes = 0;
    },
    request: (half) => {
      const bytes = sizeOf(half.key, half.request);
      return take({ type: 'request', half, taker: half.taker, sinceMs: sinceMs(), bytes });
    },
    answer: (half) => {
      const bytes = sizeOf(half.key, half.answer);
      return take({ type: 'answer', half, taker: half.taker, sinceMs: sinceMs(), bytes });
    },
    losses: () => {
      const { joined: _, ...losses } = counts;
      return losses;
    },
    seen: () => ({ joined: counts.joined, waiting: state.waiting.size, waiting_bytes: state.bytes }),
  };
}

function takeHalf(state: JoinState, one: Waiting): HalfFate {
  expire(state);
  const { key } = one.half;
  const done = state.done.get(key);
  if (done !== undefined) return done[one.type] ? 'duplicate' : 'late';
  const other = state.waiting.get(key);
  if (other?.type === one.type) {
    // Read again, where it comes from a topic: the later copy is the one to wait for.
    if (one.taker) [one.taker, other.taker] = [other.taker, one.taker];
    return 'duplicate';
  }
  if (other === undefined) return wait(state, one);
  remove(state, other);
  remember(state, key, { sinceMs: one.sinceMs, request: true, answer: true });
  state.counts.joined += 1;
  const [asked, answered] = one.type === 'request' ? [one, other] : [other, one];
  const exchange = exchangeOf(asked.half as RequestHalf, answered.half as AnswerHalf);
  hand(state, { exchange, of: [one, other] });
  return 'joined';
}

interface Handed {
  readonly exchange: RawExchange;
  readonly of: readonly Waiting[];
}

function hand({ deliver, counts }: JoinState, { exchange, of }: Handed): void {
  const takers = of.flatMap(({ taker }) => taker ?? []);
  const [first] = takers;
  if (first === undefined) {
    deliver(exchange);
    return;
  }
  const settle = (): void => {
    for (const taker of takers) taker.settled();
  };
  try {
    void (first.receive(exchange)?.committed ?? Promise.resolve()).then(settle);
  } catch {
    // Nobody could take it: neither half must hold its source back for ever.
    counts.unreadable += 1;
    settle();
  }
}

function wait(state: JoinState, one: Waiting): HalfFate {
  if (state.isStopped) return 'late';
  if (one.bytes > state.maxBytes) return 'too_large';
  while (state.waiting.size >= state.maxEntries || state.bytes + one.bytes > state.maxBytes) {
    const oldest = firstOf(state.waiting);
    if (oldest === null) break;
    giveUp(state, oldest, 'full');
  }
  state.waiting.set(one.half.key, one);
  state.bytes += one.bytes;
  arm(state);
  return 'waiting';
}

function remove(state: JoinState, one: Waiting): void {
  state.waiting.delete(one.half.key);
  state.bytes -= one.bytes;
}

function remember(state: JoinState, key: string, done: Done): void {
  if (state.done.size >= state.maxEntries) {
    const [oldest] = state.done.keys();
    if (oldest !== undefined) state.done.delete(oldest);
  }
  state.done.set(key, done);
  arm(state);
}

function giveUp(state: JoinState, one: Waiting, why: 'full' | 'no_answer' | 'no_request'): void {
  remove(state, one);
  const { type, half } = one;
  remember(state, half.key, {
    sinceMs: state.clock.monotonicMs(),
    request: type === 'request',
    answer: type === 'answer',
  });
  state.counts[why] += 1;
  if (why === 'no_answer' && type === 'request' && state.unanswered === 'failed') {
    hand(state, { exchange: failedOf(half, state.withinMs), of: [one] });
  } else one.taker?.settled();
}

/** What waited, and what is remembered, for as long as it may. */
function expire(state: JoinState): void {
  const before = state.clock.monotonicMs() - state.withinMs;
  for (const one of state.waiting.values()) {
    if (one.sinceMs > before) break;
    giveUp(state, one, whyAlone(one));
  }
  for (const [key, { sinceMs }] of state.done) {
    if (sinceMs > before) break;
    state.done.delete(key);
  }
}

/** One timer for all: without traffic nothing else would give up what waits. */
function arm(state: JoinState): void {
  if (state.cancelTimer !== null || state.isStopped) return;
  const oldest = Math.min(
    firstOf(state.waiting)?.sinceMs ?? Number.POSITIVE_INFINITY,
    firstOf(state.done)?.sinceMs ?? Number.POSITIVE_INFINITY,
  );
  if (oldest === Number.POSITIVE_INFINITY) return;
  const delayMs = Math.max(1, oldest + state.withinMs - state.clock.monotonicMs());
  state.cancelTimer = state.clock.after(delayMs, () => {
    state.cancelTimer = null;
    expire(state);
    arm(state);
  });
}

function firstOf<Value>(map: ReadonlyMap<string, Value>): Value | null {
  const [first] = map.values();
  return first ?? null;
}

function whyAlone({ type }: Waiting): 'no_answer' | 'no_request' {
  return type === 'request' ? 'no_answer' : 'no_request';
}
