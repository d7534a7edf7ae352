// Where the Kafka source reads on when its partitions are given out anew while it runs.
import { expect, it } from 'vitest';
import { kafka } from '../../../../src/io/sources/kafka.ts';
import { createMemoryKafka } from '../../../support/memory-kafka.ts';
import { createSourceBench } from '../../../support/source-bench.ts';
import { systemClock, until } from '../../../support/tap-bench.ts';

const document = (id: string): string =>
  JSON.stringify({
    id,
    latencyMs: 3,
    request: { path: '/v2/models/m/infer', body: { inputs: [] } },
    answer: { status: 200, body: { outputs: [] } },
  });

it('goes on where it was after a rebalance, not where it was when it started', async () => {
  const memory = createMemoryKafka({ clock: systemClock, partitions: 1 });
  const writer = memory.connect();
  const bench = createSourceBench();
  const deps = { ...bench.deps, clock: systemClock, kafka: memory.connect() };
  const source = kafka.create({ topic: 'exchanges', group: 'g', from: 'beginning', deadLetter: null })(deps);
  const read = () => Number(source.seen?.().records);
  const rebalances = () => Number(source.seen?.().rebalances);
  const append = (from: number, to: number) =>
    writer.produce(
      'exchanges',
      Array.from({ length: to - from }, (_, index) => ({ key: null, value: document(`r${from + index}`) })),
    );
  await source.start(bench.deliver);
  await append(0, 20);
  await until(() => read() === 20);
  const before = rebalances();
  memory.rebalance('g');
  await until(() => rebalances() > before);
  await append(20, 25);
  await until(() => bench.delivered.some(({ sourceId }) => sourceId === 'r24'));
  expect(read()).toBe(25);
  await source.stop();
});
