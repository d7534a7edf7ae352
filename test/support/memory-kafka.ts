// Kafka in memory behind the same port as the real client: partitions, groups with generations, marks with metadata. Clients can be
// killed, frozen (a zombie that wakes up later) and rebalanced; everything runs on microtasks and the given clock, so a timeline repeats.
import { PenumbraError } from '../../src/errors.ts';
import type { KafkaLog, KafkaRecord, Mark } from '../../src/io/kafka/port.ts';
import {
  append,
  boundsOf,
  createMemoryBroker,
  type MemoryBroker,
  type MemoryKafkaOptions,
  marksOf,
} from './memory-kafka-broker.ts';
import { createMemoryGroup, type MemoryGroup } from './memory-kafka-group.ts';
import { createMemoryMember, type MemoryMember } from './memory-kafka-member.ts';

/** One process's view; what it calls never comes back while it is frozen, nor once it is dead. */
export interface MemoryClient extends KafkaLog {
  /** Stands still, as by SIGSTOP: its partitions go to others, and it does not know. */
  freeze(): void;
  /** Goes on where it stood, learns that it lost its partitions, and joins again. */
  thaw(): void;
  /** Dies: no callback runs any more, nothing it called comes back. */
  kill(): void;
}

export interface MemoryKafka {
  connect(): MemoryClient;
  /** A new generation of the group: every partition is taken away and given out anew. */
  rebalance(group: string): void;
  /** Everything this group's holder read from `offset` on is handed over once more. */
  redeliver(group: string, from: { topic: string; partition: number; offset: number }): void;
  /** While it is down every call is refused and nothing is delivered. */
  stop(): void;
  start(): void;
  recordsOf(topic: string, partition: number): readonly KafkaRecord[];
  marksOf(group: string, topic: string): ReadonlyMap<number, Mark>;
}

export function createMemoryKafka(options: MemoryKafkaOptions): MemoryKafka {
  const broker = createMemoryBroker(options);
  const groups = new Map<string, MemoryGroup>();
  const groupOf = (name: string): MemoryGroup => {
    const group = groups.get(name) ?? createMemoryGroup(broker);
    groups.set(name, group);
    return group;
  };
  return {
    connect: () => connect(broker, groupOf),
    rebalance: (group) => groups.get(group)?.rebalance(),
    redeliver: (group, from) => groups.get(group)?.redeliver(from),
    stop: () => {
      broker.isUp = false;
    },
    start: () => {
      broker.isUp = true;
      for (const look of broker.wake) look();
    },
    recordsOf: (topic, partition) => broker.partitionsOf(topic)[partition] ?? [],
    marksOf: (group, topic) => marksOf(broker, group, topic),
  };
}

function connect(broker: MemoryBroker, groupOf: (name: string) => MemoryGroup): MemoryClient {
  const members = new Set<MemoryMember>();
  const life = { isDead: false, frozen: null as Promise<void> | null, thaw: (): void => undefined };
  /** Every call of the client goes through here: dead and frozen ones do not come back. */
  const call = async <Result>(work: () => Result): Promise<Result> => {
    await Promise.resolve();
    while (life.frozen) await life.frozen;
    if (life.isDead) return new Promise(() => undefined);
    if (!broker.isUp) throw new PenumbraError('KAFKA_UNAVAILABLE', 'no broker answered');
    return work();
  };
  const begin = async (create: () => MemoryMember): Promise<MemoryMember> => {
    const member = await call(create);
    members.add(member);
    member.start();
    return member;
  };
  return {
    produce: (topic, records) => call(() => records.map((record) => append(broker, topic, record))),
    readInGroup: (reading) => begin(() => createMemoryMember(broker, { reading, group: groupOf(reading.group), call })),
    readFrom: (reading) => begin(() => createMemoryMember(broker, { plain: reading, call })),
    marksOf: (group, topic) => call(() => marksOf(broker, group, topic)),
    boundsOf: (topic) => call(() => boundsOf(broker, topic)),
    settingOf: (topic, name) => call(() => broker.settings.get(topic)?.[name] ?? null),
    ensureTopics: (topics) =>
      call(() => {
        for (const { topic, partitions, configs = {} } of topics) {
          if (!broker.topics.has(topic)) broker.settings.set(topic, configs);
          if (!broker.topics.has(topic))
            broker.topics.set(
              topic,
              Array.from({ length: partitions }, () => []),
            );
        }
      }),
    close: async () => {
      await Promise.all([...members].map((member) => member.stop()));
    },
    freeze: () => {
      if (life.frozen) return;
      life.frozen = new Promise((resolve) => {
        life.thaw = resolve;
      });
      for (const member of members) member.freeze();
    },
    thaw: () => {
      life.frozen = null;
      life.thaw();
      for (const member of members) member.thaw();
    },
    kill: () => {
      life.isDead = true;
      for (const member of members) member.kill();
    },
  };
}
