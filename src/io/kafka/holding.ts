// The partitions that a reader holds at the moment, and the handing over of their batches. Each join opens a new generation: what
// was held before counts no more, ends first, and is told of before anything of the new generation is read.
import { messageOf } from '../../errors.ts';
import type { Clock, Log } from '../ports.ts';
import type { FetchedBatch, KafkaLibrary, Member } from './library.ts';
import type { Assigned, GroupReading, TopicPartition } from './port.ts';

export interface Held extends TopicPartition {
  position: number;
}

export interface HoldingOptions {
  readonly reading: GroupReading;
  readonly library: KafkaLibrary;
  readonly clock: Clock;
  readonly log: Log;
  readonly heartbeatMs: number;
  readonly onProgress: () => void;
  /** The partitions of a new generation could not be begun. */
  readonly onProblem: (problem: unknown) => void;
}

export interface Holding {
  /** What was held is lost: `onRevoked` follows when the running batches have ended. */
  release(): void;
  take(member: Member, partitions: readonly TopicPartition[]): void;
  handOver(member: Member, batch: FetchedBatch): Promise<void>;
  passed(partition: TopicPartition, nextOffset: number): void;
  find(partition: TopicPartition): Held | null;
  all(): readonly Held[];
  isBusy(): boolean;
  /** Batches that come are not taken any more; they stay unread. */
  setPaused(isPaused: boolean): void;
  isPaused(): boolean;
  generation(): number;
  releases(): number;
  /** Resolves when running batches and `onRevoked` have ended. */
  drained(): Promise<void>;
}

interface State extends HoldingOptions {
  held: Map<string, Held>;
  running: Set<Promise<void>>;
  turn: Promise<void>;
  generation: number;
  releases: number;
  isPaused: boolean;
}

const retryAfterMs = 1000;
const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}\n${partition}`;
const placeOf = ({ topic, partition }: TopicPartition): TopicPartition => ({ topic, partition });

export function createHolding(options: HoldingOptions): Holding {
  const state: State = {
    ...options,
    held: new Map(),
    running: new Set(),
    turn: Promise.resolve(),
    generation: 0,
    releases: 0,
    isPaused: false,
  };
  return {
    release: () => release(state),
    take: (member, partitions) => {
      const { generation } = state;
      member.pause(partitions);
      if (partitions.length === 0) return;
      inTurn(state, async () => {
        try {
          await begin(state, { member, partitions, generation });
        } catch (thrown) {
          if (generation === state.generation) state.onProblem(thrown);
        }
      });
    },
    handOver: (member, batch) => handOver(state, { member, batch }),
    passed: (partition, nextOffset) => {
      const held = state.held.get(keyOf(partition));
      if (!held) return;
      held.position = Math.max(held.position, nextOffset);
      state.onProgress();
    },
    find: (partition) => state.held.get(keyOf(partition)) ?? null,
    all: () => [...state.held.values()],
    isBusy: () => state.running.size > 0,
    setPaused: (isPaused) => {
      state.isPaused = isPaused;
    },
    isPaused: () => state.isPaused,
    generation: () => state.generation,
    releases: () => state.releases,
    drained: () => state.turn.then(() => running(state)),
  };
}

const running = async (state: State): Promise<void> => void (await Promise.all(state.running));

function inTurn(state: State, work: () => Promise<void>): void {
  state.turn = state.turn.then(() => running(state)).then(work);
}

function release(state: State): void {
  state.generation += 1;
  const former = [...state.held.values()].map(placeOf);
  state.held = new Map();
  if (former.length === 0) return;
  state.releases += 1;
  inTurn(state, async () => {
    try {
      await state.reading.onRevoked(former);
    } catch (thrown) {
      state.log.error({ problem: messageOf(thrown) }, 'letting partitions go failed');
    }
  });
}

interface Beginning {
  readonly member: Member;
  readonly partitions: readonly TopicPartition[];
  readonly generation: number;
}

async function begin(state: State, { member, partitions, generation }: Beginning): Promise<void> {
  if (generation !== state.generation) return;
  const assigned = await describe(state, partitions);
  const starts = await state.reading.onAssigned(assigned);
  if (generation !== state.generation) return;
  const taken: TopicPartition[] = [];
  for (const one of assigned) {
    const wanted = starts.find((start) => keyOf(start) === keyOf(one))?.offset;
    // Whoever names no start does not want the partition: it stays paused.
    if (wanted === undefined) continue;
    const exists = wanted >= one.firstOffset && wanted <= one.endOffset;
    if (!exists) state.log.warn({ ...one, wanted }, 'the offset to read from is gone: reading from the first there is');
    const position = exists ? wanted : one.firstOffset;
    state.held.set(keyOf(one), { ...placeOf(one), position });
    member.seek(one, position);
    taken.push(placeOf(one));
  }
  state.onProgress();
  if (!state.isPaused) member.resume(taken);
}

async function describe({ library, reading }: State, partitions: readonly TopicPartition[]): Promise<Assigned[]> {
  const topics = [...new Set(partitions.map(({ topic }) => topic))];
  const known = await Promise.all(
    topics.map(async (topic) => {
      const [marks, bounds] = await Promise.all([library.marksOf(reading.group, topic), library.boundsOf(topic)]);
      return { topic, marks, bounds };
    }),
  );
  return partitions.map((one) => {
    const { marks, bounds } = known.find(({ topic }) => topic === one.topic) ?? {};
    const { firstOffset = 0, endOffset = 0 } = bounds?.get(one.partition) ?? {};
    return { ...placeOf(one), committed: marks?.get(one.partition) ?? null, firstOffset, endOffset };
  });
}

async function handOver(state: State, { member, batch }: { member: Member; batch: FetchedBatch }): Promise<void> {
  const held = state.held.get(keyOf(batch));
  // Not taken as read, so that it comes again to whoever holds the partition then.
  if (!held || state.isPaused) return;
  const work = handOne(state, { member, batch, held });
  state.running.add(work);
  await work;
  state.running.delete(work);
}

interface Handing {
  readonly member: Member;
  readonly batch: FetchedBatch;
  readonly held: Held;
}

async function handOne(state: State, { member, batch, held }: Handing): Promise<void> {
  const { records, nextOffset, highWatermark } = batch;
  const isHeld = (): boolean => state.held.get(keyOf(batch)) === held;
  const stopBeating = beat(state, batch);
  try {
    await state.reading.onBatch({ ...placeOf(batch), records, nextOffset, highWatermark, isHeld });
    if (!isHeld()) return;
    batch.resolve();
    held.position = nextOffset;
    state.onProgress();
  } catch (thrown) {
    state.log.error({ ...placeOf(batch), problem: messageOf(thrown) }, 'a batch failed and will be read again');
    if (!isHeld()) return;
    member.pause([placeOf(batch)]);
    state.clock.after(retryAfterMs, () => {
      if (isHeld() && !state.isPaused) member.resume([placeOf(batch)]);
    });
  } finally {
    stopBeating();
  }
}

/** The group goes on hearing of this member while a batch takes long. */
function beat({ clock, heartbeatMs }: State, batch: FetchedBatch): () => void {
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel = clock.after(heartbeatMs, () => {
      // A rebalance that waits is heard of again as soon as the batch has ended.
      batch.heartbeat().catch(() => undefined);
      next();
    });
  };
  next();
  return () => cancel();
}
