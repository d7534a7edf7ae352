// A real broker that stands still (SIGSTOP): its connections stay open and nothing comes. The reader notices by offsets and monotonic
// time, whose 30 s the test lets pass at once, begins anew, and reads on when the broker does.
import { expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { startBroker } from './broker/broker.ts';
import { connectTo } from './broker/shared-address.ts';
import { until } from './port-laws.ts';

it('a standstill of the broker is noticed within 30 s, counted, and over when the broker goes on', async () => {
  const broker = await startBroker();
  let skippedMs = 0;
  const clock = { ...systemClock, monotonicMs: () => systemClock.monotonicMs() + skippedMs };
  const log = connectTo(broker.address, { clock });
  try {
    await log.ensureTopics([{ topic: 'still', partitions: 2 }]);
    const read: string[] = [];
    let revoked = 0;
    let marked = 0;
    const reader = await log.readInGroup({
      group: 'still',
      topics: ['still'],
      onAssigned: async (parts) =>
        parts.map((part) => ({ ...part, offset: part.committed?.offset ?? part.firstOffset })),
      onRevoked: async () => {
        revoked += 1;
      },
      onBatch: async (batch) => {
        for (const { value } of batch.records) read.push(Buffer.from(value ?? []).toString());
        if ((await reader.commit(batch, { offset: batch.nextOffset, metadata: '' })) === 'committed') marked += 1;
      },
    });
    const write = (value: string) =>
      log.produce(
        'still',
        [0, 1].map((partition) => ({ key: null, value, partition })),
      );
    await write('before');
    await until(() => marked === 2);
    broker.freeze();
    // Nothing yet: a second of silence is none.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(reader.state().stalls).toBe(0);
    skippedMs += 30_000;
    await until(() => reader.state().stalls === 1);
    expect(reader.state().held).toEqual([]);
    broker.thaw();
    await until(() => reader.state().held.length === 2);
    await write('after');
    await until(() => read.length >= 4);
    expect(read).toEqual(['before', 'before', 'after', 'after']);
    expect(revoked).toBe(1);
  } finally {
    broker.thaw();
    await log.close();
    await broker.stop();
  }
});

it('a broker that was killed and started again is read on, from the marks, with nothing twice or left out', async () => {
  const broker = await startBroker();
  const log = connectTo(broker.address);
  try {
    await log.ensureTopics([{ topic: 'again', partitions: 1 }]);
    const read: number[] = [];
    let marked = 0;
    const reader = await log.readInGroup({
      group: 'again',
      topics: ['again'],
      onAssigned: async (parts) => parts.map((part) => ({ ...part, offset: part.committed?.offset ?? 0 })),
      onRevoked: async () => undefined,
      onBatch: async (batch) => {
        read.push(...batch.records.map(({ offset }) => offset));
        await reader.commit(batch, { offset: batch.nextOffset, metadata: '' });
        marked = batch.nextOffset;
      },
    });
    const write = () =>
      log.produce(
        'again',
        Array.from({ length: 10 }, () => ({ key: null, value: 'x' })),
      );
    await write();
    await until(() => marked === 10);
    await broker.kill();
    await broker.start();
    await write();
    await until(() => read.length >= 20);
    expect(read).toEqual(Array.from({ length: 20 }, (_, offset) => offset));
  } finally {
    await log.close();
    await broker.stop();
  }
});
