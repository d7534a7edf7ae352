// Where the Kafka source reads on when its partitions are given out anew while it runs.
import { expect, it } from 'vitest';
import type { Receipt } from '../../../../src/io/ports.ts';
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

async function openSource() {
  const memory = createMemoryKafka({ clock: systemClock, partitions: 1 });
  const writer = memory.connect();
  const bench = createSourceBench();
  const deps = { ...bench.deps, clock: systemClock, kafka: memory.connect() };
  const source = kafka.create({ topic: 'exchanges', group: 'g', from: 'beginning', deadLetter: null })(deps);
  return {
    source,
    bench,
    read: () => Number(source.seen?.().records),
    append: (from: number, to: number) =>
      writer.produce(
        'exchanges',
        Array.from({ length: to - from }, (_, index) => ({ key: null, value: document(`r${from + index}`) })),
      ),
    rebalance: async () => {
      const rebalances = () => Number(source.seen?.().rebalances);
      const before = rebalances();
      memory.rebalance('g');
      await until(() => rebalances() > before);
    },
  };
}

it('goes on where it was after a rebalance, not where it was when it started', async () => {
  const { source, bench, read, append, rebalance } = await openSource();
  await source.start(bench.deliver);
  await append(0, 20);
  await until(() => read() === 20);
  await rebalance();
  await append(20, 25);
  await until(() => bench.delivered.some(({ sourceId }) => sourceId === 'r24'));
  expect(read()).toBe(25);
  await source.stop();
});

it('passes a record that is read again only when its first reading is stored, too', async () => {
  const { source, read, append, rebalance } = await openSource();
  const stored: (() => void)[] = [];
  // The run knows what it is given twice: the copy is done with at once, the first is stored when its bucket is.
  const known = new Set<string>();
  const receiptOf = (committed: Promise<void>): Receipt => ({
    id: null,
    problem: null,
    fates: () => ({}),
    journalled: Promise.resolve(),
    committed,
  });
  await source.follow?.(({ sourceId }) => {
    if (known.has(String(sourceId))) return receiptOf(Promise.resolve());
    known.add(String(sourceId));
    return receiptOf(new Promise((resume) => stored.push(resume)));
  }, []);
  const marks = () => source.offsets?.().map(({ offset }) => offset);
  await append(0, 5);
  await until(() => read() === 5);
  await rebalance();
  await until(() => read() === 10);
  await Promise.resolve();
  expect(marks()).toEqual([0]);
  for (const store of stored) store();
  await until(() => marks()?.[0] === 5);
  await source.stop();
});
