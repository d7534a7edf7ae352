// The little that penumbra takes from a Kafka client library, types only: what is promised on top of it stands in the readers,
// and another library would need one file.
import type { Bounds, KafkaRecord, Mark, OutgoingRecord, PlacedRecord, TopicPartition, TopicWish } from './port.ts';

/** One fetch's records of a partition; nothing is taken as read until `resolve`. */
export interface FetchedBatch extends TopicPartition {
  readonly records: readonly KafkaRecord[];
  readonly nextOffset: number;
  readonly highWatermark: number;
  /** Moves the position behind the batch. */
  resolve(): void;
  /** Tells the group that this member lives; rejects when a rebalance waits. */
  heartbeat(): Promise<void>;
}

/** What befalls a member; called in this order and never after `end` has resolved. */
export interface MemberEvents {
  /** Before the group is joined, each time: what was held counts no more. */
  onJoining(): void;
  /** Nothing is fetched of these before the handler has returned. */
  onJoined(partitions: readonly TopicPartition[]): void;
  onHeartbeat(): void;
  /** One at a time and partition. A batch that is not resolved comes again. */
  onFetched(batch: FetchedBatch): Promise<void>;
  /** Offsets without records were passed over. */
  onPassed(partition: TopicPartition, nextOffset: number): void;
  /** It has ended by itself and does not come again. */
  onCrash(problem: Error): void;
}

/** One life in a group, from joining to leaving. */
export interface Member {
  /** Resolves once it has joined or has told of a crash. */
  begin(): Promise<void>;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  seek(partition: TopicPartition, offset: number): void;
  /** One try, under the generation of the moment in which it is called. */
  commit(partition: TopicPartition, mark: Mark): Promise<void>;
  end(): Promise<void>;
}

export interface MemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionMs: number;
  readonly events: MemberEvents;
}

/** Rejections are the library's own; `failureOf` reads them. */
export interface KafkaLibrary {
  /** Resolves when all in-sync replicas have them. The same key goes to the same partition as with Java's client. */
  send(topic: string, records: readonly OutgoingRecord[]): Promise<readonly PlacedRecord[]>;
  createMember(options: MemberOptions): Member;
  marksOf(group: string, topic: string): Promise<ReadonlyMap<number, Mark>>;
  boundsOf(topic: string): Promise<ReadonlyMap<number, Bounds>>;
  settingOf(topic: string, name: string): Promise<string | null>;
  topics(): Promise<readonly string[]>;
  createTopics(topics: readonly TopicWish[]): Promise<void>;
  close(): Promise<void>;
}
