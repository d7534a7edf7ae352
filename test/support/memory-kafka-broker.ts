// The log of the Kafka in memory: topics, partitions and the groups' marks, shared by every client and group.
import { PenumbraError } from '../../src/errors.ts';
import type { Bounds, KafkaRecord, Mark, OutgoingRecord } from '../../src/io/kafka/port.ts';
import type { Clock } from '../../src/io/ports.ts';

export interface MemoryKafkaOptions {
  readonly clock: Clock;
  /** Of topics that nobody made by `ensureTopics`. */
  readonly partitions?: number;
  /** The most records of one batch. */
  readonly maxBatch?: number;
  readonly endEveryMs?: number;
}

export interface MemoryBroker {
  readonly clock: Clock;
  readonly maxBatch: number;
  readonly endEveryMs: number;
  readonly topics: Map<string, KafkaRecord[][]>;
  readonly marks: Map<string, Mark>;
  /** By topic, as it was made. */
  readonly settings: Map<string, Readonly<Record<string, string>>>;
  /** Called at every append and start: whoever waits for records looks again. */
  readonly wake: Set<() => void>;
  isUp: boolean;
  partitionsOf(topic: string): KafkaRecord[][];
}

export const markKey = (group: string, topic: string, partition: number): string => `${group}\n${topic}\n${partition}`;

export function createMemoryBroker({
  clock,
  partitions = 4,
  maxBatch = 100,
  endEveryMs = 1000,
}: MemoryKafkaOptions): MemoryBroker {
  const topics = new Map<string, KafkaRecord[][]>();
  const partitionsOf = (topic: string): KafkaRecord[][] => {
    const present = topics.get(topic) ?? Array.from({ length: partitions }, () => []);
    topics.set(topic, present);
    return present;
  };
  const shared = { clock, maxBatch, endEveryMs, topics, partitionsOf, isUp: true };
  return { ...shared, marks: new Map(), settings: new Map(), wake: new Set() };
}

export function append(broker: MemoryBroker, topic: string, record: OutgoingRecord) {
  const partitions = broker.partitionsOf(topic);
  const partition = record.partition ?? partitionFor(record.key, partitions);
  const records = partitions[partition];
  if (!records) throw new PenumbraError('KAFKA_REFUSED', `the topic ${topic} has no partition ${partition}`);
  const offset = records.length;
  const headers = { ...record.headers };
  records.push({
    offset,
    timestampMs: broker.clock.nowMs(),
    key: bytesOf(record.key),
    value: bytesOf(record.value),
    headers,
  });
  for (const look of broker.wake) look();
  return { topic, partition, offset };
}

const bytesOf = (text: Uint8Array | string | null): Uint8Array | null =>
  typeof text === 'string' ? Buffer.from(text) : text;

/** The same key always the same partition; without one, the shortest. */
function partitionFor(key: Uint8Array | string | null, partitions: readonly KafkaRecord[][]): number {
  const lengths = partitions.map((records) => records.length);
  if (key === null) return lengths.indexOf(Math.min(...lengths));
  let hash = 0;
  for (const byte of bytesOf(key) ?? []) hash = (hash * 31 + byte) >>> 0;
  return hash % partitions.length;
}

export function marksOf(broker: MemoryBroker, group: string, topic: string): ReadonlyMap<number, Mark> {
  const marks = new Map<number, Mark>();
  for (const partition of broker.partitionsOf(topic).keys()) {
    const mark = broker.marks.get(markKey(group, topic, partition));
    if (mark) marks.set(partition, mark);
  }
  return marks;
}

export function boundsOf(broker: MemoryBroker, topic: string): ReadonlyMap<number, Bounds> {
  const bounds = [...broker.partitionsOf(topic).entries()].map(
    ([partition, records]) => [partition, { firstOffset: 0, endOffset: records.length }] as const,
  );
  return new Map(bounds);
}
