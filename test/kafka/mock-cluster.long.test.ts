// The laws of the Kafka port on librdkafka's mock cluster, which is another implementation of the protocol and no Kafka broker; and what
// becomes of readers and writers when all of it is lost.
import { describe, expect, it } from 'vitest';
import { connectTo } from './broker/shared-address.ts';
import { startMockCluster } from './mock-cluster.ts';
import { describeKafkaPort, until } from './port-laws.ts';

describeKafkaPort('librdkafka’s mock cluster', {
  open: async () => {
    const cluster = await startMockCluster();
    return { connect: () => connectTo(cluster.address), close: () => cluster.kill() };
  },
  skip: [
    'a topic that is there is left as it is',
    'a topic that is made has the settings it was wished, and tells them',
  ].map((law) => ({ law, reason: 'the mock cluster makes no topics when asked' })),
});

describe('when every broker is lost', () => {
  it('a writer is refused in bounded time, and a reader goes on trying', async () => {
    const cluster = await startMockCluster();
    const log = connectTo(cluster.address);
    await log.produce('lost', [{ key: null, value: 'before', partition: 0 }]);
    let read = 0;
    const reader = await log.readInGroup({
      group: 'lost',
      topics: ['lost'],
      onAssigned: async (parts) => parts.map((part) => ({ ...part, offset: part.firstOffset })),
      onRevoked: async () => undefined,
      onBatch: async ({ records }) => {
        read += records.length;
      },
    });
    await until(() => read === 1);
    await cluster.kill();
    const writing = log.produce('lost', [{ key: null, value: 'after', partition: 0 }]);
    await expect(writing).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE', retryable: true });
    await until(() => reader.state().crashes > 0);
    await log.close();
    expect(reader.state().held).toEqual([]);
  });

  it('a reader that begins while no broker answers is there when one does', async () => {
    const cluster = await startMockCluster();
    cluster.freeze();
    const log = connectTo(cluster.address);
    setTimeout(cluster.thaw, 500);
    const reader = await log.readInGroup({
      group: 'later',
      topics: ['warmup'],
      onAssigned: async (parts) => parts.map((part) => ({ ...part, offset: part.firstOffset })),
      onRevoked: async () => undefined,
      onBatch: async () => undefined,
    });
    await until(() => reader.state().held.length > 0);
    await log.close();
    await cluster.kill();
  });
});
