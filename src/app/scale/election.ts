// Which judge leads, decided by the order of the control topic. A judge claims the lead when nobody has been heard for a while, and names
// the place up to which it had read: the claim is good only when no other judge has said anything between there and the claim itself, so
// of two claims, or of a claim and a leader that was heard too late, the first in the log stands. A leader does nothing that others could
// see unless it has read back a word of its own from a moment ago; one that finds another's claim behind its own is over.
import { messageOf } from '../../errors.ts';
import type { Batch, KafkaLog, PlainReader } from '../../io/kafka/port.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { ControlMessage, JudgeNotice, Lease } from '../../pipeline/scale/messages.ts';
import { readMessage, toMessage } from './wire.ts';

/** What the judge must know of its lead. */
export interface Leadership {
  /** Of its claim in the control topic: later ones are larger. */
  term(): number;
  /** Whether it is certain now that no other leads. */
  mayAct(): boolean;
  /** The last word of whoever led before; null: nobody did. */
  former(): Lease | null;
}

export interface Election extends Leadership {
  start(): Promise<void>;
  /** Resolves when this one leads. */
  elected(): Promise<void>;
  /** Who leads instead, as far as it is known. */
  leader(): string | null;
  /** Lets the next one begin at once. */
  stop(): Promise<void>;
}

export interface ElectionDeps {
  readonly kafka: KafkaLog;
  readonly topic: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Unlike every other judge, and unlike itself before a restart. */
  readonly judge: string;
  /** Another leads now: this one must not do anything any more. */
  readonly onDeposed: (by: string) => void;
  /** What this one goes by is gone: only a new start mends that. */
  readonly onBroken: (why: string) => void;
}

/** A judge that has not been heard for so long is taken for dead. */
export const silentMs = 5000;
/** A leader acts for so long after it said what it has read back: well before anybody could take over. */
export const certainMs = 3000;
const sayEveryMs = 500;
const lookEveryMs = 100;
const claimAgainMs = 3000;

/** By both clocks: while a machine is suspended the monotonic one may stand still, and the wall clock can be set back. */
interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

interface State extends ElectionDeps {
  reader: PlainReader | null;
  position: number;
  endAtStart: number;
  /** By judge, where it was last heard. */
  readonly lastBy: Map<string, number>;
  /** Of the present leader: the offset of its claim. */
  term: number;
  leader: string | null;
  heardMs: number;
  leads: boolean;
  isOver: boolean;
  said: number;
  readonly saidAt: Map<number, Moment>;
  certainFrom: Moment;
  claimedMs: number;
  lease: Lease | null;
  former: Lease | null;
  onElected: () => void;
}

export function createElection(deps: ElectionDeps): Election {
  const { clock, kafka, topic } = deps;
  let onElected = (): void => {};
  const elected = new Promise<void>((resolve) => {
    onElected = resolve;
  });
  const never = Number.NEGATIVE_INFINITY;
  const certainFrom: Moment = { monotonicMs: never, wallMs: never };
  const state: State = {
    ...deps,
    ...{ reader: null, position: 0, endAtStart: 0, lastBy: new Map(), term: -1, leader: null, heardMs: never },
    ...{ leads: false, isOver: false, said: 0, saidAt: new Map(), certainFrom, claimedMs: never },
    ...{ lease: null, former: null, onElected },
  };
  return {
    start: async () => {
      const { firstOffset = 0, endOffset = 0 } = (await kafka.boundsOf(topic)).get(0) ?? {};
      state.position = firstOffset;
      state.endAtStart = endOffset;
      state.reader = await kafka.readFrom({
        topic,
        from: new Map([[0, firstOffset]]),
        onBatch: async (batch) => read(state, batch),
      });
      every(state, { ms: lookEveryMs, work: () => claimWhenSilent(state) });
      every(state, { ms: sayEveryMs, work: () => (state.leads ? say(state, {}) : Promise.resolve()) });
    },
    elected: () => elected,
    leader: () => (state.position < state.endAtStart ? null : state.leader),
    term: () => state.term,
    mayAct: () => state.leads && !state.isOver && isRecent(state.certainFrom, clock),
    former: () => state.former,
    stop: async () => {
      const mayResign = state.leads && !state.isOver;
      state.isOver = true;
      if (mayResign) await say(state, { resigns: true });
      await state.reader?.stop();
    },
  };
}

const momentOf = (clock: Clock): Moment => ({ monotonicMs: clock.monotonicMs(), wallMs: clock.nowMs() });

const isRecent = ({ monotonicMs, wallMs }: Moment, clock: Clock): boolean =>
  clock.monotonicMs() - monotonicMs < certainMs && clock.nowMs() - wallMs < certainMs;

function every(state: State, { ms, work }: { readonly ms: number; readonly work: () => Promise<void> }): void {
  state.clock.after(ms, async () => {
    if (state.isOver) return;
    await work().catch((thrown: unknown) =>
      state.log.warn({ problem: messageOf(thrown) }, 'Kafka did not take what the judge says of its lead'),
    );
    every(state, { ms, work });
  });
}

async function claimWhenSilent(state: State): Promise<void> {
  const { clock, leads, leader, heardMs, position, endAtStart } = state;
  const nowMs = clock.monotonicMs();
  if (leads || position < endAtStart || nowMs - state.claimedMs < claimAgainMs) return;
  if (leader !== null && nowMs - heardMs < silentMs) return;
  state.claimedMs = nowMs;
  await say(state, { claims: true });
}

async function say(state: State, { claims = false, resigns = false }): Promise<void> {
  const { judge, kafka, topic, clock, term, position } = state;
  state.said += 1;
  const notice: JudgeNotice = {
    type: 'judge',
    judge,
    word: state.said,
    ...(claims ? { after: position } : { term }),
    resigns,
  };
  state.saidAt.set(notice.word, momentOf(clock));
  await kafka.produce(topic, [toMessage(`judge-${judge}`, notice)]);
}

function read(state: State, batch: Batch): void {
  if (state.isOver) return;
  if (isOfAnother(state, batch)) {
    state.isOver = true;
    const { topic, position } = state;
    state.onBroken(
      `the topic ${topic} was made anew or has lost its end: it was read up to ${position} and ends before`,
    );
    return;
  }
  const { records, nextOffset } = batch;
  for (const record of records) {
    if (record.offset < state.position) continue;
    const message = readMessage<ControlMessage>(record);
    if (message?.type === 'lease') state.lease = message;
    if (message?.type === 'judge') hear(state, { notice: message, offset: record.offset });
    state.position = record.offset + 1;
  }
  state.position = Math.max(state.position, nextOffset);
}

/** A batch that merely comes again was fetched from a log that reaches at least as far as it was read. */
function isOfAnother({ position }: State, { records: [first], highWatermark }: Batch): boolean {
  return first !== undefined && first.offset < position && highWatermark < position;
}

interface Heard {
  readonly notice: JudgeNotice;
  readonly offset: number;
}

function hear(state: State, { notice, offset }: Heard): void {
  const { judge, after, term = -1, resigns } = notice;
  const isGood = after === undefined || [...state.lastBy].every(([other, at]) => other === judge || at < after);
  state.lastBy.set(judge, offset);
  if (!isGood) return;
  const claimed = after === undefined ? term : offset;
  if (judge === state.judge) hearOwn(state, { notice, offset });
  else if (resigns) hearFarewell(state, { judge, term: claimed });
  else {
    // Also one whose time is over: it ends as soon as it hears of that, and until then it is not silent.
    state.heardMs = state.clock.monotonicMs();
    state.leader = judge;
    if (claimed > state.term) follow(state, { judge, term: claimed });
  }
}

function hearFarewell(state: State, { judge, term }: { readonly judge: string; readonly term: number }): void {
  if (term < state.term) return;
  // All else that it said may have been compacted away.
  if (term > state.term) follow(state, { judge, term });
  state.leader = null;
  state.heardMs = Number.NEGATIVE_INFINITY;
  state.claimedMs = Number.NEGATIVE_INFINITY;
}

function follow(state: State, { judge, term }: { readonly judge: string; readonly term: number }): void {
  state.term = term;
  if (!state.leads || state.isOver) return;
  state.isOver = true;
  state.onDeposed(judge);
}

/** What this one said stands in the log: it led when it said so. */
function hearOwn(state: State, { notice: { word, after, term }, offset }: Heard): void {
  const saidAt = state.saidAt.get(word);
  for (const one of state.saidAt.keys()) if (one <= word) state.saidAt.delete(one);
  if (state.isOver) return;
  if (after !== undefined && !state.leads) {
    state.term = offset;
    state.leads = true;
    state.former = state.lease;
    state.onElected();
  } else if (term !== state.term) return;
  // One that comes twice is not known any more.
  if (saidAt !== undefined) state.certainFrom = saidAt;
}
