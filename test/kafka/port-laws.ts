// The laws of the Kafka port, for every peer that penumbra is tried with: in memory, librdkafka's mock cluster, a real broker.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type {
  Assigned,
  Batch,
  GroupReader,
  GroupReading,
  KafkaLog,
  KafkaRecord,
  TopicPartition,
} from '../../src/io/kafka/port.ts';

export interface Peer {
  connect(): KafkaLog;
  close(): Promise<void>;
}

export interface LawOptions {
  readonly open: () => Promise<Peer>;
  /** Laws that the peer cannot keep, and why. */
  readonly skip?: readonly { law: string; reason: string }[];
}

const partitions = 4;
const all = [0, 1, 2, 3];

/** What one member saw, and a way to wait for it. */
interface Witness {
  readonly reader: GroupReader;
  readonly records: Map<number, KafkaRecord[]>;
  readonly assigned: Assigned[][];
  readonly revoked: TopicPartition[][];
  readonly ends: Map<number, number>;
  count(): number;
}

export function describeKafkaPort(name: string, { open, skip = [] }: LawOptions): void {
  describe(name, () => {
    let peer: Peer;
    const opened: KafkaLog[] = [];
    beforeAll(async () => {
      peer = await open();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((log) => log.close()));
    });
    afterAll(() => peer.close());
    const connect = (): KafkaLog => {
      const log = peer.connect();
      opened.push(log);
      return log;
    };
    const law = (title: string, run: (log: KafkaLog, topic: string) => Promise<void>): void => {
      const skipped = skip.find((one) => one.law === title);
      it.skipIf(skipped)(skipped ? `${title} (skipped: ${skipped.reason})` : title, async () => {
        const log = connect();
        const topic = `laws-${randomUUID()}`;
        await fill(log, topic, 0);
        await run(log, topic);
      });
    };

    law('a topic that is there is left as it is', async (log, topic) => {
      await log.produce(topic, [{ key: null, value: 'stays', partition: 0 }]);
      await log.ensureTopics([
        { topic, partitions: 9 },
        { topic: `${topic}-new`, partitions: 2 },
      ]);
      expect((await log.boundsOf(topic)).size).toBe(partitions);
      expect([...(await log.boundsOf(`${topic}-new`)).keys()].sort()).toEqual([0, 1]);
    });

    law('a topic that is made has the settings it was wished, and tells them', async (log, topic) => {
      const name = 'message.timestamp.type';
      const made = `${topic}-set`;
      await log.ensureTopics([{ topic: made, partitions: 1, configs: { [name]: 'LogAppendTime' } }]);
      expect(await log.settingOf(made, name)).toBe('LogAppendTime');
      expect(await log.settingOf(topic, name)).not.toBe('LogAppendTime');
      expect(await log.settingOf(made, 'no.such.setting')).toBe(null);
    });

    law('records come in order, with key, value and headers, byte for byte', async (log, topic) => {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      const records = [
        { key: 'text', value: 'ä', headers: { 'ce-id': 'ü', empty: '' } },
        { key: bytes, value: bytes },
        { key: null, value: null },
      ];
      const placed = await log.produce(
        topic,
        records.map((record) => ({ ...record, partition: 2 })),
      );
      expect(placed).toEqual([0, 1, 2].map((offset) => ({ topic, partition: 2, offset })));
      const { seen, reader } = await readAlone(log, { topic, from: [[2, 0]] });
      await until(() => seen.length === 3);
      await reader.stop();
      expect(seen.map(({ offset }) => offset)).toEqual([0, 1, 2]);
      expect(Buffer.from(seen[0]?.value ?? []).toString()).toBe('ä');
      expect({ ...seen[0]?.headers }).toEqual({ 'ce-id': 'ü', empty: '' });
      expect([...(seen[1]?.key ?? [])]).toEqual([...bytes]);
      expect([...(seen[1]?.value ?? [])]).toEqual([...bytes]);
      expect([seen[2]?.key, seen[2]?.value]).toEqual([null, null]);
    });

    law('the same key always goes to the same partition', async (log, topic) => {
      const keys = Array.from({ length: 40 }, (_, index) => `key-${index % 8}`);
      const placed = await log.produce(
        topic,
        keys.map((key) => ({ key, value: key })),
      );
      const places = new Map(placed.map(({ partition }, index) => [keys[index], partition]));
      expect(placed.map(({ partition }) => partition)).toEqual(keys.map((key) => places.get(key)));
      expect(new Set(places.values()).size).toBeGreaterThan(1);
    });

    law('a member reads from the offsets that it names, and from no other partition', async (log, topic) => {
      await fill(log, topic, 10);
      const witness = await read(log, {
        topic,
        starts: () => [
          { topic, partition: 1, offset: 4 },
          { topic, partition: 3, offset: 10 },
        ],
      });
      await until(() => witness.count() === 6 && witness.ends.has(3));
      expect(offsetsOf(witness, 1)).toEqual([4, 5, 6, 7, 8, 9]);
      expect([...witness.records.keys()]).toEqual([1]);
      expect(witness.reader.state().held).toEqual([
        { topic, partition: 1 },
        { topic, partition: 3 },
      ]);
    });

    law('a mark keeps its note, and the next member is told both', async (log, topic) => {
      await fill(log, topic, 5);
      const group = randomUUID();
      const first = await read(log, { topic, group });
      await until(() => first.count() === 20);
      expect(first.assigned.flat().map(({ committed }) => committed)).toEqual([null, null, null, null]);
      expect(await first.reader.commit({ topic, partition: 1 }, { offset: 3, metadata: '{"epoch":7}' })).toBe(
        'committed',
      );
      expect(await log.marksOf(group, topic)).toEqual(new Map([[1, { offset: 3, metadata: '{"epoch":7}' }]]));
      await first.reader.stop();
      const second = await read(log, { topic, group });
      await until(() => second.count() === 17);
      expect(offsetsOf(second, 1)).toEqual([3, 4]);
      const told = second.assigned.flat().find(({ partition }) => partition === 1);
      expect(told).toMatchObject({ committed: { offset: 3, metadata: '{"epoch":7}' }, firstOffset: 0, endOffset: 5 });
    });

    law('a mark can be set before anything was read', async (log, topic) => {
      await fill(log, topic, 1);
      const group = randomUUID();
      const gate = createGate();
      const witness = await read(log, { topic, group, onBatch: () => gate.opened });
      await until(() => witness.reader.state().held.length === partitions);
      expect(await witness.reader.commit({ topic, partition: 0 }, { offset: 0, metadata: 'mine' })).toBe('committed');
      expect((await log.marksOf(group, topic)).get(0)).toEqual({ offset: 0, metadata: 'mine' });
      gate.open();
    });

    law('two members share the partitions, and what one lost it cannot mark any more', async (log, topic) => {
      await fill(log, topic, 3);
      const group = randomUUID();
      const first = await read(log, { topic, group });
      await until(() => first.count() === 12);
      const second = await read(connect(), {
        topic,
        group,
        starts: (parts) => parts.map((part) => ({ ...part, offset: 3 })),
      });
      await until(() => first.reader.state().held.length === 2 && second.reader.state().held.length === 2);
      const held = [first, second].flatMap(({ reader }) => reader.state().held.map(({ partition }) => partition));
      expect(held.sort()).toEqual(all);
      expect(first.revoked[0]?.map(({ partition }) => partition).sort()).toEqual(all);
      const lost = second.reader.state().held[0] ?? { topic, partition: -1 };
      expect(await first.reader.commit(lost, { offset: 1, metadata: 'late' })).toBe('fenced');
      expect((await log.marksOf(group, topic)).has(lost.partition)).toBe(false);
    });

    law('who leaves lets go of everything, and the others take it', async (log, topic) => {
      const group = randomUUID();
      const first = await read(log, { topic, group });
      await until(() => first.reader.state().held.length === 4);
      const second = await read(connect(), { topic, group });
      await until(() => first.reader.state().held.length === 2 && second.reader.state().held.length === 2);
      await first.reader.stop();
      expect(first.revoked.at(-1)?.length).toBe(2);
      expect(first.reader.state().held).toEqual([]);
      expect(await first.reader.commit({ topic, partition: 0 }, { offset: 0, metadata: '' })).toBe('fenced');
      await until(() => second.reader.state().held.length === 4);
    });

    law('nothing of a new assignment is read before the former has ended', async (log, topic) => {
      await fill(log, topic, 2);
      const group = randomUUID();
      const events: string[] = [];
      const gate = createGate();
      const first = await read(log, {
        topic,
        group,
        events,
        onBatch: async (batch) => {
          events.push('begun');
          await gate.opened;
          events.push(batch.isHeld() ? 'ended' : 'ended too late');
        },
      });
      await until(() => events.includes('begun'));
      // The other can only join once this one has ended what it is at.
      setTimeout(gate.open, 300);
      const second = await read(connect(), {
        topic,
        group,
        starts: (parts) => parts.map((part) => ({ ...part, offset: 2 })),
      });
      await until(() => first.assigned.length >= 2 && second.reader.state().held.length === 2);
      const revokedAt = events.indexOf('revoked');
      const endedBefore = events.slice(0, revokedAt).filter((event) => event.startsWith('ended')).length;
      expect(events.slice(0, revokedAt).filter((event) => event === 'begun').length).toBe(endedBefore);
      expect(events.slice(revokedAt, revokedAt + 2)).toEqual(['revoked', 'assigned']);
    });

    law('a batch that fails is read again, and the others go on', async (log, topic) => {
      await fill(log, topic, 5);
      let failures = 0;
      const witness = await read(log, {
        topic,
        onBatch: async ({ partition }) => {
          if (partition !== 2 || failures === 1) return;
          failures += 1;
          throw new Error('not this time');
        },
      });
      await until(() => witness.ends.size === partitions);
      expect(failures).toBe(1);
      expect(offsetsOf(witness, 2)).toEqual([0, 1, 2, 3, 4]);
      expect(witness.reader.state()).toMatchObject({ crashes: 0, stalls: 0 });
    });

    law('a paused reader keeps its partitions and reads nothing', async (log, topic) => {
      const witness = await read(log, { topic });
      await until(() => witness.ends.size === partitions);
      witness.reader.pause();
      await fill(log, topic, 5);
      await new Promise((resolve) => setTimeout(resolve, 600));
      expect(witness.count()).toBe(0);
      expect(witness.reader.state().held.length).toBe(partitions);
      witness.reader.resume();
      await until(() => witness.count() === 20);
    });

    law('the end of a partition is told, as of the moment it was asked', async (log, topic) => {
      const before = Date.now();
      const witness = await read(log, { topic });
      await until(() => witness.ends.size === partitions);
      await fill(log, topic, 2);
      await until(() => all.every((partition) => witness.ends.get(partition) === 2));
      expect(witness.reader.state().lag).toBe(0);
      expect(witness.askedAtMs).toBeGreaterThanOrEqual(before);
      expect(witness.askedAtMs).toBeLessThanOrEqual(Date.now());
    });

    law('an offset that does not exist begins at the first that does', async (log, topic) => {
      await fill(log, topic, 3);
      const witness = await read(log, { topic, starts: () => [{ topic, partition: 0, offset: 99 }] });
      await until(() => witness.count() === 3);
      expect(offsetsOf(witness, 0)).toEqual([0, 1, 2]);
    });

    law('readers alone each get everything they name', async (log, topic) => {
      await fill(log, topic, 4);
      const one = await readAlone(log, {
        topic,
        from: [
          [0, 0],
          [3, 2],
        ],
      });
      const other = await readAlone(connect(), { topic, from: [[0, 1]] });
      await until(() => one.seen.length === 6 && other.seen.length === 3);
      await fill(log, topic, 1);
      await until(() => one.seen.length === 8 && other.seen.length === 4);
    });
  });
}

const offsetsOf = ({ records }: Witness, partition: number): number[] =>
  (records.get(partition) ?? []).map(({ offset }) => offset);

async function fill(log: KafkaLog, topic: string, count: number): Promise<void> {
  if (count === 0) {
    // Makes the topic where the peer makes topics by itself.
    await log.ensureTopics([{ topic, partitions }]).catch(() => undefined);
    return;
  }
  const records = all.flatMap((partition) =>
    Array.from({ length: count }, (_, index) => ({ key: `${partition}`, value: `${index}`, partition })),
  );
  await log.produce(topic, records);
}

interface Wanted {
  readonly topic: string;
  readonly group?: string;
  readonly events?: string[];
  readonly starts?: (assigned: readonly Assigned[]) => Awaited<ReturnType<GroupReading['onAssigned']>>;
  readonly onBatch?: (batch: Batch) => Promise<void>;
}

async function read(log: KafkaLog, wanted: Wanted): Promise<Witness & { askedAtMs: number }> {
  const { topic, group = randomUUID(), events = [], onBatch = async () => undefined } = wanted;
  const fromMarks = (parts: readonly Assigned[]) =>
    parts.map(({ partition, committed }) => ({ topic, partition, offset: committed?.offset ?? 0 }));
  const records = new Map<number, KafkaRecord[]>();
  const witness = {
    records,
    assigned: [] as Assigned[][],
    revoked: [] as TopicPartition[][],
    ends: new Map<number, number>(),
  };
  const times = { askedAtMs: 0 };
  const reader = await log.readInGroup({
    group,
    topics: [topic],
    onAssigned: async (parts) => {
      events.push('assigned');
      witness.assigned.push([...parts]);
      return (wanted.starts ?? fromMarks)(parts);
    },
    onRevoked: async (parts) => {
      events.push('revoked');
      witness.revoked.push([...parts]);
    },
    onBatch: async (batch) => {
      await onBatch(batch);
      records.set(batch.partition, [...(records.get(batch.partition) ?? []), ...batch.records]);
    },
    onEnd: ({ partition, offset, askedAtMs }) => {
      witness.ends.set(partition, offset);
      times.askedAtMs = askedAtMs;
    },
  });
  return {
    ...witness,
    reader,
    count: () => [...records.values()].flat().length,
    get askedAtMs() {
      return times.askedAtMs;
    },
  };
}

async function readAlone(log: KafkaLog, { topic, from }: { topic: string; from: [number, number][] }) {
  const seen: KafkaRecord[] = [];
  const reader = await log.readFrom({
    topic,
    from: new Map(from),
    onBatch: async ({ records }) => void seen.push(...records),
  });
  return { seen, reader };
}

function createGate(): { opened: Promise<void>; open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Until it is so; the test's own time limit ends what never comes. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20));
}
