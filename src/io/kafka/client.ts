// The one file that knows kafkajs: a producer, an administrator and members of groups, in the words of library.ts.
// Retries are bounded here; beginning a member anew is the reader's business, so kafkajs is told never to do it by itself.
import kafkajs, {
  type Admin,
  type Consumer,
  type EachBatchPayload,
  type Kafka,
  type Message,
  type Producer,
} from 'kafkajs';
import snappy from 'kafkajs-snappy';
import type { Log } from '../ports.ts';
import { type Compression, lz4, zstd } from './compression.ts';
import type { KafkaConnection } from './connection.ts';
import type { FetchedBatch, KafkaLibrary, Member, MemberEvents, MemberOptions } from './library.ts';
import type { Bounds, Mark, OutgoingRecord, PlacedRecord, TopicPartition } from './port.ts';
import { readRecord, writeRecord } from './records.ts';

const { CompressionCodecs, CompressionTypes, ConfigResourceTypes, logLevel, PartitionAssigners, Partitioners } =
  kafkajs;

const kafkajsForm =
  ({ compress, decompress }: Compression) =>
  () => ({ compress: (encoder: { buffer: Buffer }) => compress(encoder.buffer), decompress });

CompressionCodecs[CompressionTypes.Snappy] = snappy;
CompressionCodecs[CompressionTypes.LZ4] = kafkajsForm(lz4);
CompressionCodecs[CompressionTypes.ZSTD] = kafkajsForm(zstd);

/** About 6 s in all; who calls decides whether to try later. */
const retry = { retries: 4, initialRetryTime: 200, maxRetryTime: 2000 };
const times = { connectionTimeout: 3000, authenticationTimeout: 5000, requestTimeout: 10_000 };

/** Connects at the first use of each part. */
export function createKafkaClient(connection: KafkaConnection, { log }: { log: Log }): KafkaLibrary {
  const kafka = createKafka(connection, log);
  const { producer, placeOf } = createProducer(kafka);
  const admin = kafka.admin({ retry });
  const send = onceConnected(producer);
  const ask = onceConnected(admin);
  return {
    send: (topic, records) => send(() => produce(producer, { topic, records, placeOf })),
    createMember: (options) => createMember(kafka, options),
    marksOf: (group, topic) => ask(() => marksOf(admin, { group, topic })),
    boundsOf: (topic) => ask(() => boundsOf(admin, topic)),
    settingOf: (topic, name) => ask(() => settingOf(admin, { topic, name })),
    topics: () => ask(() => admin.listTopics()),
    createTopics: (topics) =>
      ask(async () => {
        const wishes = topics.map(({ topic, partitions, configs = {} }) => ({
          topic,
          numPartitions: partitions,
          configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
        }));
        await admin.createTopics({ topics: wishes, waitForLeaders: true });
      }),
    close: async () => {
      await Promise.allSettled([producer.disconnect(), admin.disconnect()]);
    },
  };
}

function createKafka({ brokers, clientId, tls, sasl }: KafkaConnection, log: Log): Kafka {
  const given = Object.entries(tls ?? {}).filter(([, pem]) => pem !== null);
  return new kafkajs.Kafka({
    brokers: [...brokers],
    clientId,
    ...(tls ? { ssl: Object.fromEntries(given) } : {}),
    ...(sasl ? { sasl: { ...sasl } as never } : {}),
    retry,
    ...times,
    logLevel: logLevel.WARN,
    // What matters of it comes back as events and rejections; the rest is for whoever looks closely.
    logCreator: () => (entry) => log.debug({ library: entry.namespace, ...entry.log }, entry.log.message),
  });
}

/** Connects before the first call, and again after a connection that failed. */
function onceConnected(part: Producer | Admin): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let connected: Promise<void> | null = null;
  return async (work) => {
    connected ??= part.connect();
    try {
      await connected;
    } catch (thrown) {
      connected = null;
      throw thrown;
    }
    return work();
  };
}

type PlaceOf = (message: Message) => number;

function createProducer(kafka: Kafka): { producer: Producer; placeOf: PlaceOf } {
  const places = new WeakMap<Message, number>();
  const createPartitioner: typeof Partitioners.DefaultPartitioner = () => {
    const choose = Partitioners.DefaultPartitioner();
    return (choice) => {
      const partition = choose(choice);
      places.set(choice.message, partition);
      return partition;
    };
  };
  return { producer: kafka.producer({ createPartitioner, retry }), placeOf: (message) => places.get(message) ?? -1 };
}

async function produce(
  producer: Producer,
  { topic, records, placeOf }: { topic: string; records: readonly OutgoingRecord[]; placeOf: PlaceOf },
): Promise<PlacedRecord[]> {
  const messages = records.map(writeRecord);
  const answers = await producer.send({ topic, messages, acks: -1, timeout: times.requestTimeout });
  const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset ?? -1)]));
  return messages.map((message) => {
    const partition = placeOf(message);
    const offset = next.get(partition) ?? -1;
    next.set(partition, offset + 1);
    return { topic, partition, offset };
  });
}

async function marksOf(admin: Admin, { group, topic }: { group: string; topic: string }): Promise<Map<number, Mark>> {
  const [answer] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  const written = (answer?.partitions ?? []).filter(({ offset }) => Number(offset) >= 0);
  return new Map(
    written.map(({ partition, offset, metadata }) => [partition, { offset: Number(offset), metadata: metadata ?? '' }]),
  );
}

async function boundsOf(admin: Admin, topic: string): Promise<Map<number, Bounds>> {
  const found = await admin.fetchTopicOffsets(topic);
  return new Map(
    found.map(({ partition, low, high }) => [partition, { firstOffset: Number(low), endOffset: Number(high) }]),
  );
}

async function settingOf(admin: Admin, { topic, name }: { topic: string; name: string }): Promise<string | null> {
  const wish = { type: ConfigResourceTypes.TOPIC, name: topic, configNames: [name] };
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [wish] });
  return resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue ?? null;
}

function createMember(kafka: Kafka, { group, topics, sessionMs, events }: MemberOptions): Member {
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: sessionMs,
    rebalanceTimeout: Math.max(sessionMs, 30_000),
    heartbeatInterval: Math.round(sessionMs / 10),
    // Also how long a partition waits until it is read again after a pause.
    maxWaitTimeInMs: 250,
    allowAutoTopicCreation: false,
    partitionAssigners: [announcing(() => events.onJoining())],
    retry: { ...retry, restartOnFailure: async () => false },
  });
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | null = null;
  listen(consumer, events);
  const eachBatch = async (payload: EachBatchPayload): Promise<void> => {
    commitNow = payload.commitOffsetsIfNecessary;
    await events.onFetched(readBatch(payload));
  };
  return {
    begin: async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        partitionsConsumedConcurrently: 16,
        eachBatch,
      });
    },
    pause: (partitions) => consumer.pause(listOf(partitions)),
    resume: (partitions) => consumer.resume(listOf(partitions)),
    seek: ({ topic, partition }, offset) => consumer.seek({ topic, partition, offset: String(offset) }),
    commit: async ({ topic, partition }, { offset, metadata }) => {
      const mark = { partition, offset: String(offset), metadata };
      // Unlike `commitOffsets` it does not retry, which could carry an old mark into a new generation.
      if (commitNow) await commitNow({ topics: [{ topic, partitions: [mark] }] });
      else await consumer.commitOffsets([{ topic, ...mark }]);
    },
    end: () => consumer.disconnect(),
  };
}

const listOf = (partitions: readonly TopicPartition[]) =>
  partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }));

/** kafkajs tells of some joins only afterwards; but whoever joins says first what it can be assigned. */
function announcing(onJoining: () => void): typeof PartitionAssigners.roundRobin {
  return (parts) => {
    const assigner = PartitionAssigners.roundRobin(parts);
    const protocol: typeof assigner.protocol = (subscription) => {
      onJoining();
      return assigner.protocol(subscription);
    };
    return { ...assigner, protocol };
  };
}

function listen(consumer: Consumer, events: MemberEvents): void {
  const { GROUP_JOIN, HEARTBEAT, END_BATCH_PROCESS, CRASH } = consumer.events;
  consumer.on(GROUP_JOIN, ({ payload }) => {
    const joined = Object.entries(payload.memberAssignment);
    events.onJoined(joined.flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition }))));
  });
  consumer.on(HEARTBEAT, () => events.onHeartbeat());
  consumer.on(END_BATCH_PROCESS, ({ payload: { topic, partition, batchSize, lastOffset } }) => {
    if (batchSize === 0) events.onPassed({ topic, partition }, Number(lastOffset) + 1);
  });
  consumer.on(CRASH, ({ payload }) => events.onCrash(payload.error));
}

function readBatch({ batch, resolveOffset, heartbeat }: EachBatchPayload): FetchedBatch {
  const { topic, partition, messages, highWatermark } = batch;
  const last = messages.at(-1)?.offset;
  return {
    topic,
    partition,
    records: messages.map(readRecord),
    nextOffset: Number(batch.lastOffset()) + 1,
    highWatermark: Number(highWatermark),
    resolve: () => (last === undefined ? undefined : resolveOffset(last)),
    heartbeat,
  };
}
