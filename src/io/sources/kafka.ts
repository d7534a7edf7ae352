// A Kafka topic as a source: each record one exchange, as POST /v1/exchanges takes it, or a logger's CloudEvent. Where to begin after a
// restart stands in the store, written with the counts; the group's own marks are a hint for who looks at lag. What cannot be read is
// counted and passed over.
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PenumbraError } from '../../errors.ts';
import type { RawExchange } from '../../model.ts';
import { parseJson } from '../json.ts';
import type { Assigned, Batch, GroupReader, KafkaLog, KafkaRecord, TopicPartition } from '../kafka/port.ts';
import type { Receipt, Source, SourceOffset } from '../ports.ts';
import { createEventTaker, type EventTaker, eventOptions } from './event-taker.ts';
import { exchangeForm, toExchange } from './exchange-form.ts';
import { joinForm } from './join-key.ts';
import { putAside } from './kafka-aside.ts';
import { eventsOf, isCloudEvent } from './kafka-event.ts';
import { createProgress, type Progress } from './kafka-progress.ts';
import { pauseFor, untilThereIsRoom } from './kafka-room.ts';
import { maxDocumentBytes, requireForm } from './posted.ts';
import type { SourceDeps, SourceKind } from './source-kind.ts';

const options = Type.Object(
  {
    topic: Type.String({ description: 'the topic that exchanges come from' }),
    group: Type.String({ description: 'the consumer group' }),
    from: Type.Enum(['now', 'beginning'], { description: 'where a group begins that has read nothing yet' }),
    deadLetter: Type.Union([Type.String(), Type.Null()], { description: 'takes what cannot be read' }),
    events: Type.Optional(
      Type.Object(
        { ...eventOptions, by: joinForm },
        { description: 'records that are CloudEvents of KServe’s or Seldon’s logger; left out: none is expected' },
      ),
    ),
  },
  { additionalProperties: false },
);

export const kafka: SourceKind<typeof options> = {
  name: 'kafka',
  summary: 'a Kafka topic: exchanges as POST /v1/exchanges takes them, or the CloudEvents of loggers',
  options,
  create: (settings) => (deps) => createKafkaSource(settings, deps),
};

interface State extends Static<typeof options> {
  readonly deps: SourceDeps;
  readonly log: KafkaLog;
  /** Null where no events are expected. */
  readonly taker: EventTaker | null;
  readonly progress: Map<number, Progress>;
  /** Of partitions that were taken away: one that comes back is read on from its mark, and what is on its way is still waited for. */
  readonly released: Map<number, Progress>;
  readonly losses: { malformed: number; dead_letter_failed: number };
  readonly seen: { records: number; exchanges: number; behind: number };
  receive: (exchange: RawExchange) => Receipt | null;
  stored: ReadonlyMap<number, number>;
  reader: GroupReader | null;
  isPaused: boolean;
  isStopped: boolean;
  startedAtMs: number;
}

const check = Compile(exchangeForm);
const marksEveryMs = 2000;
/** After so many records everybody else has a turn. */
const recordsInARow = 64;
/** What lay in the topic longer counts in the bucket in which it is read: its own may be closed. */
const freshMs = 500;

function createKafkaSource(settings: Static<typeof options>, deps: SourceDeps): Source {
  if (!deps.kafka) throw new PenumbraError('INTERNAL', 'the source kafka requires a connection');
  const state: State = {
    ...settings,
    deps,
    log: deps.kafka,
    taker: settings.events === undefined ? null : createEventTaker(settings.events, deps),
    progress: new Map(),
    released: new Map(),
    losses: { malformed: 0, dead_letter_failed: 0 },
    seen: { records: 0, exchanges: 0, behind: 0 },
    receive: () => null,
    stored: new Map(),
    reader: null,
    isPaused: false,
    isStopped: false,
    startedAtMs: 0,
  };
  const start = async (receive: State['receive'], stored: readonly SourceOffset[] = []): Promise<void> => {
    state.receive = receive;
    state.startedAtMs = deps.clock.monotonicMs();
    const mine = stored.filter(({ topic }) => topic === state.topic);
    state.stored = new Map(mine.map(({ partition, offset }) => [partition, offset]));
    state.reader = await state.log.readInGroup({
      group: state.group,
      topics: [state.topic],
      onAssigned: async (partitions) => partitions.map((one) => begin(state, one)),
      onRevoked: async (partitions) => {
        for (const { partition } of partitions) {
          const progress = state.progress.get(partition);
          if (progress) state.released.set(partition, progress);
          state.progress.delete(partition);
        }
      },
      onBatch: (batch) => takeBatch(state, batch),
    });
    if (state.isPaused) state.reader.pause();
    deps.clock.after(marksEveryMs, () => void hint(state));
  };
  return {
    name: 'kafka',
    start: (deliver) =>
      start((exchange) => {
        deliver(exchange);
        return null;
      }),
    follow: start,
    stop: async () => {
      state.isStopped = true;
      await markAll(state);
      await state.log.close();
    },
    pause: () => {
      state.isPaused = true;
      state.reader?.pause();
    },
    resume: () => {
      state.isPaused = false;
      state.reader?.resume();
    },
    losses: () => ({ ...state.losses, ...state.taker?.losses() }),
    seen: () => {
      const { crashes = 0, stalls = 0, rebalances = 0, lag = null } = state.reader?.state() ?? {};
      const { paused: _, ...events } = state.taker?.seen() ?? {};
      return { ...state.seen, ...events, crashes, stalls, rebalances, ...(lag === null ? {} : { lag }) };
    },
    offsets: () => offsetsOf(state),
  };
}

/** The store knows best; the group's mark is for a store that is new; after both, what the config says. */
function begin(state: State, { topic, partition, committed, firstOffset, endOffset }: Assigned) {
  const before = state.progress.get(partition) ?? state.released.get(partition);
  const known = before?.mark() ?? state.stored.get(partition) ?? committed?.offset;
  // Beyond the end: the topic was made anew.
  const exists = known !== undefined && known !== null && known <= endOffset;
  const fresh = state.from === 'now' && known === undefined ? endOffset : firstOffset;
  const offset = exists ? Math.max(known, firstOffset) : fresh;
  const progress = before ?? createProgress();
  progress.begin(offset);
  state.progress.set(partition, progress);
  state.stored = new Map([...state.stored, [partition, offset]]);
  return { topic, partition, offset };
}

async function takeBatch(state: State, batch: Batch): Promise<void> {
  const progress = state.progress.get(batch.partition);
  if (!progress) return;
  for (const [index, record] of batch.records.entries()) {
    if (index % recordsInARow === recordsInARow - 1) await pauseFor(state.deps.clock, 0);
    await untilThereIsRoom(state);
    if (state.isStopped || !batch.isHeld()) throw new PenumbraError('INTERNAL', 'the rest of the batch is read again');
    await takeRecord(state, { record, at: batch, progress });
  }
  progress.readUpTo(batch.nextOffset);
}

interface Placed {
  readonly record: KafkaRecord;
  readonly at: TopicPartition;
}

async function takeRecord(state: State, { record, at, progress }: Placed & { progress: Progress }): Promise<void> {
  state.seen.records += 1;
  const settle = progress.take(record.offset);
  progress.readUpTo(record.offset + 1);
  try {
    if (isCloudEvent(record)) await takeEvents(state, { record, at, settle });
    else void (receive(state, readRecord(state, { record, at }))?.committed ?? Promise.resolve()).then(settle);
  } catch (thrown) {
    await aside(state, { record, at, thrown });
    settle();
  }
}

/** Halves of exchanges: the record is settled once each of its events is. @throws PenumbraError EXCHANGE_INVALID, JSON_INVALID */
async function takeEvents(state: State, { record, at, settle }: Placed & { settle: () => void }): Promise<void> {
  const { taker } = state;
  if (taker === null)
    throw new PenumbraError('EXCHANGE_INVALID', 'a CloudEvent requires source.kafka.events: true in the config');
  const events = eventsOf(record, maxDocumentBytes);
  let left = events.length;
  const settled = (): void => {
    left -= 1;
    if (left <= 0) settle();
  };
  const half = { settled, receive: (exchange: RawExchange) => receive(state, exchange) };
  if (left === 0) settle();
  for (const event of events) {
    if (!(event instanceof PenumbraError)) taker.take(event, half);
    else if (events.length === 1) throw event;
    else {
      await aside(state, { record, at, thrown: event });
      settled();
    }
  }
}

function receive(state: State, exchange: RawExchange): Receipt | null {
  const nowMs = state.deps.clock.nowMs();
  const isBehind = exchange.arrivedAt < nowMs - freshMs;
  if (isBehind) state.seen.behind += 1;
  const receipt = state.receive({ ...exchange, ...(isBehind ? { arrivedAt: nowMs } : {}), comesAgain: true });
  state.seen.exchanges += 1;
  return receipt;
}

/** @throws PenumbraError JSON_INVALID, REQUEST_INVALID, EXCHANGE_TIME_INVALID */
function readRecord({ deps }: State, { record: { value, offset }, at }: Placed): RawExchange {
  const document = parseJson(value ?? new Uint8Array(0), { maxBytes: maxDocumentBytes });
  requireForm(check, document);
  const sourceId = `${at.topic}/${at.partition}/${offset}`;
  return toExchange(document as Static<typeof exchangeForm>, { sourceId, arrivedAt: deps.clock.nowMs() });
}

function aside({ log: kafka, deps: { log }, deadLetter, losses }: State, record: Parameters<typeof putAside>[1]) {
  return putAside({ kafka, log, deadLetter, losses }, record);
}

function offsetsOf({ topic, progress }: State): SourceOffset[] {
  return [...progress].flatMap(([partition, one]) => {
    const offset = one.mark();
    return offset === null ? [] : [{ topic, partition, offset }];
  });
}

/** The group's marks, for whoever looks at lag; nothing is lost when they fail. */
async function hint(state: State): Promise<void> {
  if (state.isStopped) return;
  await markAll(state);
  if (!state.isStopped) state.deps.clock.after(marksEveryMs, () => void hint(state));
}

async function markAll(state: State): Promise<void> {
  const { reader, topic } = state;
  if (!reader) return;
  const marks = offsetsOf(state).map(({ partition, offset }) =>
    reader.commit({ topic, partition }, { offset, metadata: '' }).catch(() => null),
  );
  await Promise.all(marks);
}
