// The port's Kafka over the client library: bounded calls with coded errors, readers that come again by themselves.
import { randomUUID } from 'node:crypto';
import type { PenumbraError } from '../../errors.ts';
import type { Clock, Log } from '../ports.ts';
import { createKafkaClient } from './client.ts';
import type { KafkaConnection } from './connection.ts';
import { explain } from './explain.ts';
import { failureOf } from './failure.ts';
import type { KafkaLibrary } from './library.ts';
import type { GroupReading, KafkaLog, PlainReader, PlainReading } from './port.ts';
import { createReader, type ReaderOptions } from './reader.ts';

export interface KafkaLogOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly sessionMs?: number;
  /** Lag without progress for so long begins the reader anew. */
  readonly stallMs?: number;
  readonly endEveryMs?: number;
}

export function openKafka(connection: KafkaConnection, options: KafkaLogOptions): KafkaLog {
  const library = createKafkaClient(connection, { log: options.log });
  return createKafkaLog(library, { ...options, connection });
}

/** Over any client library. */
export function createKafkaLog(
  library: KafkaLibrary,
  {
    clock,
    log,
    connection,
    sessionMs = 10_000,
    stallMs = 30_000,
    endEveryMs = 1000,
  }: KafkaLogOptions & { connection: KafkaConnection },
): KafkaLog {
  const readers = new Set<{ stop(): Promise<void> }>();
  let hasWorked = false;
  const onWorked = (): void => {
    hasWorked = true;
  };
  // What has worked once the config can reach: looking at the brokers would only delay the next try.
  const failed = async (thrown: unknown, asked: string): Promise<PenumbraError> =>
    hasWorked ? failureOf(thrown, asked) : explain(thrown, { asked, connection });
  const options: ReaderOptions = { library, clock, log, sessionMs, stallMs, endEveryMs, failed, onWorked };
  const open = async (reading: GroupReading) => {
    const reader = await createReader(reading, options);
    readers.add(reader);
    return reader;
  };
  const asking = async <Result>(asked: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      const result = await work();
      onWorked();
      return result;
    } catch (thrown) {
      throw await failed(thrown, asked);
    }
  };
  return {
    produce: (topic, records) => asking(`take records for ${topic}`, () => library.send(topic, records)),
    readInGroup: open,
    readFrom: (reading) => readAlone(reading, { open, group: `${connection.clientId}-alone-${randomUUID()}` }),
    marksOf: (group, topic) => asking(`tell the marks of ${group} in ${topic}`, () => library.marksOf(group, topic)),
    boundsOf: (topic) => asking(`tell the ends of ${topic}`, () => library.boundsOf(topic)),
    settingOf: (topic, name) => asking(`tell ${name} of ${topic}`, () => library.settingOf(topic, name)),
    ensureTopics: (wishes) =>
      asking('make topics', async () => {
        const present = new Set(await library.topics());
        const missing = wishes.filter(({ topic }) => !present.has(topic));
        if (missing.length > 0) await library.createTopics(missing);
      }),
    close: async () => {
      await Promise.all([...readers].map((reader) => reader.stop()));
      await library.close();
    },
  };
}

/** A group of its own, which nobody else joins, and whose marks nobody asks for: positions are kept here. */
async function readAlone(
  { topic, from, onBatch, onEnd }: PlainReading,
  { open, group }: { open: (reading: GroupReading) => Promise<PlainReader>; group: string },
): Promise<PlainReader> {
  const positions = new Map(from);
  return open({
    group,
    topics: [topic],
    onAssigned: async (partitions) =>
      partitions.flatMap(({ partition }) => {
        const offset = positions.get(partition);
        return offset === undefined ? [] : [{ topic, partition, offset }];
      }),
    onRevoked: async () => undefined,
    onBatch: async (batch) => {
      await onBatch(batch);
      // One that was taken away meanwhile may not have been handled: it comes again, and who has handled it passes it over.
      if (batch.isHeld()) positions.set(batch.partition, batch.nextOffset);
    },
    ...(onEnd ? { onEnd } : {}),
  });
}
