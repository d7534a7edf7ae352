// One reader of the Kafka in memory: hands its partitions' records over one batch at a time, in a group or alone.
import type {
  Batch,
  Committed,
  GroupReader,
  GroupReading,
  Mark,
  PlainReading,
  ReachedEnd,
  ReaderState,
  TopicPartition,
} from '../../src/io/kafka/port.ts';
import { boundsOf, type MemoryBroker, markKey } from './memory-kafka-broker.ts';
import type { GroupMember, MemoryGroup } from './memory-kafka-group.ts';

export interface MemoryMember extends GroupReader, GroupMember {
  start(): void;
  freeze(): void;
  thaw(): void;
  kill(): void;
}

export interface MemberOptions {
  readonly reading?: GroupReading;
  readonly plain?: PlainReading;
  readonly group?: MemoryGroup;
  /** The way of every call: it does not come back while the client is frozen or dead. */
  readonly call: <Result>(work: () => Result) => Promise<Result>;
}

interface Held extends TopicPartition {
  readonly generation: number;
  position: number;
  busy: Promise<void>;
}

interface Member {
  readonly broker: MemoryBroker;
  readonly options: MemberOptions;
  held: Held[];
  /** The generation that it knows of. */
  generation: number;
  rebalances: number;
  life: 'live' | 'frozen' | 'dead' | 'stopped';
  isPaused: boolean;
  /** Assignments, one after the other. */
  turn: Promise<void>;
  readonly waiting: Set<() => void>;
}

export function createMemoryMember(broker: MemoryBroker, options: MemberOptions): MemoryMember {
  const member: Member = {
    broker,
    options,
    held: [],
    generation: -1,
    rebalances: 0,
    life: 'live',
    isPaused: false,
    turn: Promise.resolve(),
    waiting: new Set(),
  };
  const look = (): void => {
    for (const resume of [...member.waiting]) resume();
  };
  broker.wake.add(look);
  const end = (life: 'dead' | 'stopped'): void => {
    member.life = life;
    broker.wake.delete(look);
    look();
  };
  const self: MemoryMember = {
    topics: () => options.reading?.topics ?? [],
    answers: () => member.life === 'live',
    assign: (generation, partitions) => {
      member.turn = member.turn.then(() => assign(member, { generation, partitions }));
    },
    goBack: ({ topic, partition, offset }) => {
      const held = member.held.find((one) => one.topic === topic && one.partition === partition);
      if (held) held.position = Math.min(held.position, offset);
      look();
    },
    start: () => {
      if (options.group) options.group.join(self);
      else if (options.plain) beginPlain(member, options.plain);
    },
    commit: (partition, mark) => options.call(() => commit(member, { partition, mark })),
    pause: () => {
      member.isPaused = true;
    },
    resume: () => {
      member.isPaused = false;
      look();
    },
    state: () => stateOf(member),
    stop: () => stop(member, { self, end: () => end('stopped') }),
    freeze: () => {
      if (member.life !== 'live') return;
      member.life = 'frozen';
      options.group?.rebalance();
    },
    thaw: () => {
      if (member.life !== 'frozen') return;
      member.life = 'live';
      look();
      options.group?.rebalance();
    },
    kill: () => {
      end('dead');
      options.group?.leave(self);
    },
  };
  return self;
}

async function assign(
  member: Member,
  { generation, partitions }: { generation: number; partitions: readonly TopicPartition[] },
): Promise<void> {
  const { reading, group } = member.options;
  if (!reading || hasStopped(member)) return;
  await revoke(member, generation);
  if (partitions.length === 0 || generation !== group?.generation()) return;
  const assigned = partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    committed: member.broker.marks.get(markKey(reading.group, topic, partition)) ?? null,
    ...(boundsOf(member.broker, topic).get(partition) ?? { firstOffset: 0, endOffset: 0 }),
  }));
  const starts = await alive(member, reading.onAssigned(assigned)).catch(() => null);
  if (!starts) {
    group?.rebalance();
    return;
  }
  if (generation !== member.generation || hasStopped(member)) return;
  for (const { topic, partition, firstOffset, endOffset } of assigned) {
    const wanted = starts.find((one) => one.topic === topic && one.partition === partition)?.offset;
    if (wanted === undefined) continue;
    const position = wanted >= firstOffset && wanted <= endOffset ? wanted : firstOffset;
    hold(member, { topic, partition, generation, position, busy: Promise.resolve() });
  }
}

const hasStopped = ({ life }: Member): boolean => life === 'stopped';

/** From here on nothing of the former generation counts; ends when what runs of it has ended. */
async function revoke(member: Member, generation: number): Promise<void> {
  const former = member.held;
  member.generation = generation;
  member.held = [];
  for (const resume of [...member.waiting]) resume();
  await Promise.all(former.map((held) => held.busy));
  if (former.length === 0) return;
  member.rebalances += 1;
  await alive(member, member.options.reading?.onRevoked(former.map(({ topic, partition }) => ({ topic, partition }))));
}

/** What a dead member waits for never comes. */
async function alive<Result>(member: Member, work: Promise<Result> | undefined): Promise<Result | undefined> {
  const result = await work;
  return member.life === 'dead' ? new Promise(() => undefined) : result;
}

function beginPlain(member: Member, { topic, from }: PlainReading): void {
  member.generation = 0;
  for (const [partition, position] of from) {
    hold(member, { topic, partition, position, generation: 0, busy: Promise.resolve() });
  }
}

function hold(member: Member, held: Held): void {
  member.held.push(held);
  void pump(member, held);
}

async function pump(member: Member, held: Held): Promise<void> {
  const { broker } = member;
  let endTold = Number.NEGATIVE_INFINITY;
  while (isHeld(member, held)) {
    const log = broker.partitionsOf(held.topic)[held.partition] ?? [];
    const canRead = broker.isUp && member.life === 'live' && !member.isPaused;
    if (canRead && held.position < log.length) {
      const work = handOver(member, held);
      held.busy = work;
      await work;
      continue;
    }
    const nowMs = broker.clock.nowMs();
    if (canRead && nowMs - endTold >= broker.endEveryMs) {
      endTold = nowMs;
      onEndOf(member)?.({ topic: held.topic, partition: held.partition, offset: held.position, askedAtMs: nowMs });
    }
    await somethingNew(member);
  }
}

const isHeld = (member: Member, held: Held): boolean =>
  held.generation === member.generation && member.life !== 'dead' && member.life !== 'stopped';

const onEndOf = ({ options }: Member): ((end: ReachedEnd) => void) | undefined => {
  const reading = options.reading ?? options.plain;
  return reading?.onEnd?.bind(reading);
};

async function handOver(member: Member, held: Held): Promise<void> {
  const { topic, partition, position } = held;
  const log = member.broker.partitionsOf(topic)[partition] ?? [];
  const records = log.slice(position, position + member.broker.maxBatch);
  const nextOffset = position + records.length;
  const batch: Batch = {
    topic,
    partition,
    records,
    nextOffset,
    highWatermark: log.length,
    isHeld: () => isHeld(member, held),
  };
  const { reading, plain } = member.options;
  held.position = nextOffset;
  try {
    await Promise.resolve();
    await (reading ?? plain)?.onBatch(batch);
  } catch {
    held.position = Math.min(held.position, position);
    await somethingNew(member);
  }
}

/** Until an append, a change of state, or the time to look again. */
function somethingNew(member: Member): Promise<void> {
  return new Promise((resolve) => {
    const resume = (): void => {
      member.waiting.delete(resume);
      cancel();
      resolve();
    };
    const cancel = member.broker.clock.after(member.broker.endEveryMs, resume);
    member.waiting.add(resume);
  });
}

function commit(member: Member, { partition: at, mark }: { partition: TopicPartition; mark: Mark }): Committed {
  const { reading, group } = member.options;
  const holds = member.held.some((held) => held.topic === at.topic && held.partition === at.partition);
  if (!reading || !holds || group?.generation() !== member.generation) return 'fenced';
  member.broker.marks.set(markKey(reading.group, at.topic, at.partition), mark);
  return 'committed';
}

function stateOf({ broker, held, rebalances }: Member): ReaderState {
  const lags = held.map(({ topic, partition, position }) => ({
    topic,
    partition,
    records: (broker.partitionsOf(topic)[partition]?.length ?? 0) - position,
  }));
  return {
    crashes: 0,
    stalls: 0,
    rebalances,
    lag: lags.reduce((sum, { records }) => sum + records, 0),
    lags,
    held: held.map(({ topic, partition }) => ({ topic, partition })),
  };
}

async function stop(member: Member, { self, end }: { self: MemoryMember; end: () => void }): Promise<void> {
  if (member.life !== 'live') return;
  await member.turn;
  const former = member.held;
  end();
  member.held = [];
  await Promise.all(former.map((held) => held.busy));
  const lost = former.map(({ topic, partition }) => ({ topic, partition }));
  if (lost.length > 0) await member.options.reading?.onRevoked(lost);
  member.options.group?.leave(self);
}
