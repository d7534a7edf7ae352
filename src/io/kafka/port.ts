// What penumbra asks of Kafka, types only: append, read in a group, read alone, commit. One file knows the client library behind it.
// Offsets are plain numbers (2^53 records in one partition are out of reach); an offset of a commit is the next record to read.

export interface OutgoingRecord {
  /** Decides the partition where none is given; null spreads them. */
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly partition?: number;
}

export interface KafkaRecord {
  readonly offset: number;
  /** When it was appended or made, by the topic's own rule; milliseconds since the epoch. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** As text; of a header that comes twice, the last. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Where a record stands. */
export interface PlacedRecord extends TopicPartition {
  readonly offset: number;
}

/** A group's mark in a partition: the next record to read, and a note of up to 4096 bytes kept with it. */
export interface Mark {
  readonly offset: number;
  readonly metadata: string;
}

export interface Batch extends TopicPartition {
  /** In offset order; never empty. */
  readonly records: readonly KafkaRecord[];
  /** The record behind this batch: offsets without records (compaction, transaction marks) are passed over. */
  readonly nextOffset: number;
  /** The partition's end as it stood when the batch was fetched. */
  readonly highWatermark: number;
  /** False as soon as the partition has been taken away: what is done after that counts for nobody. */
  isHeld(): boolean;
}

/** A partition that has been read, and handled, up to its end as it stood at `askedAtMs` (wall time). */
export interface ReachedEnd extends TopicPartition {
  readonly offset: number;
  readonly askedAtMs: number;
}

export interface Assigned extends TopicPartition {
  /** What the group committed last, asked anew for this assignment; null when nothing ever was. */
  readonly committed: Mark | null;
  /** The first offset that still exists. */
  readonly firstOffset: number;
  readonly endOffset: number;
}

export interface GroupReading {
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Asked before anything is read of the partitions: where to begin in each. All the reader's partitions come at once, those that it
   * held before as well; earlier `onBatch` calls and `onRevoked` have ended by then. A rejection gives the membership up and joins again.
   */
  onAssigned(partitions: readonly Assigned[]): Promise<readonly PlacedRecord[]>;
  /** They are no longer this reader's, and may be another's already: commits are refused from here on. Never called twice for one assignment. */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** One call at a time and partition. A rejection reads the same records again, after a pause. */
  onBatch(batch: Batch): Promise<void>;
  /** About every `endEveryMs`, for each partition that stands at its end. */
  onEnd?(end: ReachedEnd): void;
}

export interface PartitionLag extends TopicPartition {
  readonly records: number;
}

/** `fenced`: the partition is not this reader's any more, and nothing was written. */
export type Committed = 'committed' | 'fenced';

export interface ReaderState {
  /** Times the reader was begun anew: after a crash, and after lag without progress. */
  readonly crashes: number;
  readonly stalls: number;
  readonly rebalances: number;
  /** Records not yet handled, over the partitions held; null before it is known. */
  readonly lag: number | null;
  readonly held: readonly TopicPartition[];
  /** The same by partition, as it was asked last; empty before it is known. */
  readonly lags: readonly PartitionLag[];
}

export interface GroupReader {
  /** @throws PenumbraError KAFKA_UNAVAILABLE when no broker answered within the retries; the mark may or may not stand then */
  commit(partition: TopicPartition, mark: Mark): Promise<Committed>;
  /** Nothing more is fetched until `resume`; the partitions stay held. */
  pause(): void;
  resume(): void;
  state(): ReaderState;
  /** Ends running `onBatch` calls, calls `onRevoked`, leaves the group. Idempotent. */
  stop(): Promise<void>;
}

export interface PlainReading {
  readonly topic: string;
  /** Where to begin, by partition; partitions that are not named are not read. */
  readonly from: ReadonlyMap<number, number>;
  /** As in a group; a batch that was no longer held when it returned comes again too. */
  onBatch(batch: Batch): Promise<void>;
  onEnd?(end: ReachedEnd): void;
}

export interface PlainReader {
  state(): ReaderState;
  stop(): Promise<void>;
}

export interface TopicWish {
  readonly topic: string;
  readonly partitions: number;
  readonly configs?: Readonly<Record<string, string>>;
}

export interface Bounds {
  readonly firstOffset: number;
  readonly endOffset: number;
}

/** Every method rejects with PenumbraError KAFKA_UNAVAILABLE (worth trying again) or KAFKA_REFUSED (not so: authorisation, unknown topic, size). */
export interface KafkaLog {
  /** Resolves when all in-sync replicas have the records; where each went, in their order. */
  produce(topic: string, records: readonly OutgoingRecord[]): Promise<readonly PlacedRecord[]>;
  /**
   * Reads as a member of a group; resolves when the first try to join has ended. While no broker answers it goes on trying;
   * it rejects with KAFKA_REFUSED when trying again cannot help.
   */
  readInGroup(reading: GroupReading): Promise<GroupReader>;
  /** Reads named partitions from named offsets, with no group that others could join. */
  readFrom(reading: PlainReading): Promise<PlainReader>;
  /** The group's marks by partition, whoever wrote them. */
  marksOf(group: string, topic: string): Promise<ReadonlyMap<number, Mark>>;
  boundsOf(topic: string): Promise<ReadonlyMap<number, Bounds>>;
  /** One of the topic's settings, as it is in force there, defaults included; null when there is none of that name. */
  settingOf(topic: string, name: string): Promise<string | null>;
  /** Makes the topics that do not exist; never alters one that does. */
  ensureTopics(topics: readonly TopicWish[]): Promise<void>;
  /** Stops every reader and lets go of the brokers. Idempotent. */
  close(): Promise<void>;
}
