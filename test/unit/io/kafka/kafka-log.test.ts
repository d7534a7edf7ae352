// What the port promises beyond its laws, on a client library that the test plays: batches that are taken away while somebody is at work
// on them, and no looking at brokers that have answered before.
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createKafkaLog } from '../../../../src/io/kafka/kafka-log.ts';
import type { FetchedBatch, KafkaLibrary, MemberEvents } from '../../../../src/io/kafka/library.ts';
import type { Batch } from '../../../../src/io/kafka/port.ts';
import { createFakeClock, settle } from '../../../support/fake-clock.ts';
import { listenOnFreePort } from '../../../support/raw-sockets.ts';

const topic = 'counts';
const quiet = (): void => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const only = [{ topic, partition: 0 }];

/** One member at a time; what befalls it the test says by `events`. */
function play({ brokers = ['127.0.0.1:9'] } = {}) {
  const clock = createFakeClock();
  const seeks: number[] = [];
  const played = { events: null as MemberEvents | null, problem: null as Error | null, members: 0 };
  const answer = async <Result>(result: Result): Promise<Result> => {
    if (played.problem !== null) throw played.problem;
    return result;
  };
  const library: KafkaLibrary = {
    send: () => answer([]),
    createMember: ({ events }) => {
      played.members += 1;
      played.events = events;
      return {
        begin: () => answer(undefined),
        pause: quiet,
        resume: quiet,
        seek: (_partition, offset) => void seeks.push(offset),
        commit: async () => {},
        end: async () => {},
      };
    },
    marksOf: () => answer(new Map()),
    boundsOf: () => answer(new Map([[0, { firstOffset: 0, endOffset: 9 }]])),
    settingOf: () => answer(null),
    topics: () => answer([topic]),
    createTopics: () => answer(undefined),
    close: async () => {},
  };
  const connection = { where: 'scale', brokers, clientId: 'test', tls: null, sasl: null };
  const kafka = createKafkaLog(library, { clock, log, connection });
  const rejoin = async (): Promise<void> => {
    played.events?.onJoining();
    played.events?.onJoined(only);
    await settle();
  };
  const fetched = (from: number, nextOffset: number): FetchedBatch => ({
    ...{ topic, partition: 0, nextOffset, highWatermark: 9, resolve: quiet, heartbeat: async () => {} },
    records: [{ offset: from, timestampMs: 0, key: null, value: null, headers: {} }],
  });
  return { clock, kafka, seeks, played, rejoin, fetched };
}

function createGate(): { opened: Promise<void>; open: () => void } {
  let open = quiet;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('a reader alone', () => {
  it('gets a batch again that was taken away while it waited, and passes over one that it handled', async () => {
    const { kafka, seeks, played, rejoin, fetched } = play();
    const gate = createGate();
    const seen: Batch[] = [];
    const onBatch = async (batch: Batch): Promise<void> => {
      seen.push(batch);
      if (seen.length === 2) await gate.opened;
    };
    await kafka.readFrom({ topic, from: new Map([[0, 0]]), onBatch });
    await rejoin();
    await played.events?.onFetched(fetched(0, 3));
    const handled = played.events?.onFetched(fetched(3, 6));
    await settle();
    await rejoin();
    expect(seen.map((batch) => batch.isHeld())).toEqual([false, false]);
    gate.open();
    await handled;
    await settle();
    expect(seeks).toEqual([0, 3]);
    await kafka.close();
  });
});

describe('brokers that have answered once', () => {
  const away = (): Error => Object.assign(new Error('away'), { name: 'KafkaJSConnectionError' });

  it('are not looked at before what failed is said, and are before that', async () => {
    let looks = 0;
    const broker = createServer((socket) => {
      looks += 1;
      socket.destroy();
    });
    const port = await listenOnFreePort(broker);
    const { clock, kafka, played } = play({ brokers: [`127.0.0.1:${port}`] });
    played.problem = away();
    await expect(kafka.boundsOf(topic)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    expect(looks).toBeGreaterThan(0);
    const before = looks;
    played.problem = null;
    await kafka.boundsOf(topic);
    const reader = await kafka.readFrom({ topic, from: new Map([[0, 0]]), onBatch: async () => {} });
    played.problem = away();
    await expect(kafka.boundsOf(topic)).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    played.events?.onCrash(away());
    await clock.advance(20_000);
    expect(played.members).toBeGreaterThan(3);
    expect(reader.state().crashes).toBeGreaterThan(2);
    expect(looks).toBe(before);
    played.problem = null;
    await kafka.close();
    broker.close();
  });
});

describe('a first try to join that a broker answers with an error', () => {
  const answered = (type: string): Error => Object.assign(new Error(type), { type, retriable: false });
  const begin = ({ kafka }: ReturnType<typeof play>) =>
    kafka.readFrom({ topic, from: new Map([[0, 0]]), onBatch: async () => {} });

  it('is made again when the group was between two states', async () => {
    const played = play();
    played.played.problem = answered('INVALID_REQUEST');
    const reader = await begin(played);
    played.played.problem = null;
    await played.clock.advance(1000);
    await played.rejoin();
    expect(reader.state()).toMatchObject({ crashes: 1, held: only });
    await played.kafka.close();
  });

  it('is the last when the group is not allowed', async () => {
    const played = play();
    played.played.problem = answered('GROUP_AUTHORIZATION_FAILED');
    await expect(begin(played)).rejects.toMatchObject({ code: 'KAFKA_REFUSED' });
    await played.clock.advance(20_000);
    expect(played.played.members).toBe(1);
    await played.kafka.close();
  });
});
