// Joins the requests and answers of a GoReplay capture by their id, in whatever order they were written, and hands exchanges over in the
// order in which they arrived. What is held is bounded: by time, and by bytes.
import type { RawExchange } from '../../model.ts';
import type { GoReplayRecord } from './goreplay-record.ts';

export interface GoReplayJoinOptions {
  /** A request or an answer whose other half is not read within this time of the capture has none. */
  readonly joinWithinMs?: number;
  /** Exchanges are put in order over this time of the capture. */
  readonly orderWithinMs?: number;
  readonly maxHeldBytes?: number;
}

/** Where a record stood, for whoever is told of it. */
export interface Place {
  readonly line: number;
  readonly number: number;
}

export interface Joined {
  readonly exchange: RawExchange;
  readonly place: Place;
}

export interface Unmatched {
  readonly id: string;
  readonly half: 'request' | 'answer';
  readonly place: Place;
}

type Half = Exclude<GoReplayRecord, { type: 'replayed' }>;

export interface GoReplayJoin {
  /** What one more record makes ready. A second request or answer of an id takes the place of the first. */
  add(record: Half, place: Place): readonly (Joined | Unmatched)[];
  /** What is left at the end. */
  end(): readonly (Joined | Unmatched)[];
}

interface Waiting {
  readonly record: Half;
  readonly place: Place;
  readonly atMs: number;
}

interface JoinState {
  readonly options: Required<GoReplayJoinOptions>;
  /** By id, the oldest record first. */
  readonly waiting: Map<string, Waiting>;
  /** In order of arrival. */
  readonly ordered: Joined[];
  heldBytes: number;
  latestMs: number;
}

export function createGoReplayJoin({
  joinWithinMs = 60_000,
  orderWithinMs = 10_000,
  maxHeldBytes = 64 * 1024 * 1024,
}: GoReplayJoinOptions = {}): GoReplayJoin {
  const options = { joinWithinMs, orderWithinMs, maxHeldBytes };
  const state: JoinState = { options, waiting: new Map(), ordered: [], heldBytes: 0, latestMs: 0 };
  return {
    add: (record, place) => {
      const atMs = msOf(record.at);
      state.latestMs = Math.max(state.latestMs, atMs);
      const unmatched = meet(state, { record, place, atMs });
      // Exchanges are handed over early before a half is given up for want of room.
      const joined = inOrder(state);
      return [...unmatched, ...joined, ...expired(state)];
    },
    end: () => {
      const unmatched = [...state.waiting.values()].map(unmatchedOf);
      state.waiting.clear();
      return [...state.ordered.splice(0), ...unmatched];
    },
  };
}

function meet(state: JoinState, half: Waiting): Unmatched[] {
  const { record, place } = half;
  const other = state.waiting.get(record.id);
  if (other === undefined) {
    state.waiting.set(record.id, half);
    state.heldBytes += bytesOf(record);
    return [];
  }
  forget(state, other);
  if (other.record.type === record.type) {
    state.waiting.set(record.id, half);
    state.heldBytes += bytesOf(record);
    return [unmatchedOf(other)];
  }
  const exchange = exchangeOf(record, other.record);
  if (exchange !== null) insert(state, { exchange, place });
  return [];
}

function exchangeOf(one: Half, other: Half): RawExchange | null {
  const [asked, answered] = one.type === 'request' ? [one, other] : [other, one];
  if (asked.type !== 'request' || answered.type !== 'answer') return null;
  const latencyNs = answered.latency > 0n ? answered.latency : answered.at - asked.at;
  return {
    sourceId: asked.id,
    arrivedAt: msOf(asked.at),
    // Clocks of two captures may differ; nobody answers before he is asked.
    latencyMs: Math.max(0, Number(latencyNs) / 1e6),
    request: asked.message,
    answer: answered.message,
  };
}

/** Nearly always at the end, or close to it. */
function insert(state: JoinState, joined: Joined): void {
  const { ordered } = state;
  let at = ordered.length;
  while (at > 0 && (ordered[at - 1] as Joined).exchange.arrivedAt > joined.exchange.arrivedAt) at -= 1;
  ordered.splice(at, 0, joined);
  state.heldBytes += sizeOf(joined);
}

/** The oldest halves, where their time is over or there is no room for them. */
function expired(state: JoinState): Unmatched[] {
  const gone: Unmatched[] = [];
  for (const half of state.waiting.values()) {
    const isOver = half.atMs + state.options.joinWithinMs < state.latestMs;
    if (!isOver && state.heldBytes <= state.options.maxHeldBytes) break;
    forget(state, half);
    gone.push(unmatchedOf(half));
  }
  return gone;
}

function inOrder(state: JoinState): Joined[] {
  const { ordered, options } = state;
  const until = state.latestMs - options.orderWithinMs;
  let ready = 0;
  for (const joined of ordered) {
    if (joined.exchange.arrivedAt > until && state.heldBytes <= options.maxHeldBytes) break;
    state.heldBytes -= sizeOf(joined);
    ready += 1;
  }
  return ordered.splice(0, ready);
}

function forget(state: JoinState, { record }: Waiting): void {
  if (state.waiting.delete(record.id)) state.heldBytes -= bytesOf(record);
}

function unmatchedOf({ record, place }: Waiting): Unmatched {
  return { id: record.id, half: record.type, place };
}

function bytesOf({ message }: Half): number {
  return message.body.length + headBytes;
}

function sizeOf({ exchange }: Joined): number {
  return exchange.request.body.length + exchange.answer.body.length + 2 * headBytes;
}

/** What a message holds besides its body, roughly. */
const headBytes = 1024;

function msOf(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}
