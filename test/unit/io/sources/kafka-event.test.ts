// A logger's CloudEvents in a Kafka topic: both content modes, the pairing, and how far the topic counts as done with meanwhile.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { OutgoingRecord } from '../../../../src/io/kafka/port.ts';
import { kafka } from '../../../../src/io/sources/kafka.ts';
import { createMemoryKafka, type MemoryKafka } from '../../../support/memory-kafka.ts';
import { cloudeventsOptions, createSourceBench } from '../../../support/source-bench.ts';
import { systemClock, until } from '../../../support/tap-bench.ts';

const folder = join(import.meta.dirname, '../../../fixtures/cloudevents');
const { listen: _, ...events } = cloudeventsOptions;

/** As Knative's Kafka sink writes what KServe's agent posted to it. */
function binary(name: string, change: Record<string, string> = {}): OutgoingRecord {
  const [head = '', ...body] = readFileSync(join(folder, `${name}.http`), 'utf8').split('\n\n');
  const headers: Record<string, string> = {};
  for (const line of head.split('\n')) {
    const [header = '', ...value] = line.split(': ');
    if (header.startsWith('ce-')) headers[`ce_${header.slice(3)}`] = value.join(': ');
    else if (header === 'content-type') headers[header] = value.join(': ');
  }
  return { key: null, value: body.join('\n\n').trimEnd(), headers: { ...headers, ...change } };
}

function asDocument({ headers = {}, value }: OutgoingRecord, change: object = {}): object {
  const attributes = Object.entries(headers).map(([name, text]) => [name.replace('ce_', ''), text]);
  const { 'content-type': datacontenttype, ...rest } = Object.fromEntries(attributes);
  return { ...rest, datacontenttype, data: JSON.parse(String(value)), ...change };
}

function structured(record: OutgoingRecord): OutgoingRecord {
  const headers = { 'content-type': 'application/cloudevents+json; charset=UTF-8' };
  return { key: null, value: JSON.stringify(asDocument(record)), headers };
}

async function open(memory: MemoryKafka, options: object = { events }) {
  const bench = createSourceBench();
  const deps = { ...bench.deps, clock: systemClock, kafka: memory.connect() };
  const settings = { topic: 'events', group: 'g', from: 'beginning', deadLetter: 'dead', ...options } as const;
  const source = kafka.create(settings)(deps);
  const writer = memory.connect();
  let written = 0;
  const write = async (...records: OutgoingRecord[]): Promise<void> => {
    written += records.length;
    await writer.produce('events', records);
    await until(() => Number(source.seen?.().records) === written);
  };
  await source.follow?.(bench.receive, []);
  return { ...bench, source, write, mark: () => source.offsets?.()[0]?.offset };
}

const memoryOf = (): MemoryKafka => createMemoryKafka({ clock: systemClock, partitions: 1 });
const request = binary('kserve-request');
const response = binary('kserve-response');

it.each([
  ['binary', [request, response]],
  ['binary, the response first', [response, request]],
  ['structured', [structured(request), structured(response)]],
  ['one of each, twice', [request, structured(request), structured(response), response]],
  [
    'a batch',
    [
      {
        key: null,
        value: JSON.stringify([asDocument(request), asDocument(response)]),
        headers: { 'Content-Type': 'application/cloudevents-batch+json' },
      },
    ],
  ],
])('%s: one exchange under the id of both halves', async (_name, records) => {
  const { delivered, source, write, mark } = await open(memoryOf());
  await write(...records);
  await until(() => mark() === records.length);
  expect(delivered).toHaveLength(1);
  expect(delivered[0]).toMatchObject({
    sourceId: '689b15e7-84a1-4e89-9805-20809efc216d',
    latencyMs: 7,
    comesAgain: true,
    request: { method: 'POST', path: '/v2/models/sklearn-v2-iris/infer' },
    answer: { status: 200 },
  });
  expect(delivered[0]?.request.headers['x-request-id']).toBe('6f1c1f0a-6d5b-9a4e-8f6e-3f0c7c1a2b3d');
  expect(source.losses()).toEqual({ malformed: 0, dead_letter_failed: 0, json_end_unknown: 0, no_id: 0 });
  await source.stop();
});

it('a half that waits holds the offset; what is no half does not; after a restart both halves are there again', async () => {
  const memory = memoryOf();
  const first = await open(memory);
  await first.write(binary('kserve-request', { ce_endpoint: 'canary' }), request);
  await first.write(binary('kserve-request', { ce_id: 'shadow-17' }), binary('kserve-request', { ce_type: 'a.b' }));
  expect(first.mark()).toBe(1);
  expect(first.source.seen?.()).toMatchObject({ elsewhere: 1, own_call: 1, other_type: 1, requests: 1 });
  expect(first.ownCalls[0]?.['ce-id']).toBe('shadow-17');
  await first.join.stop();
  await first.source.stop();
  const second = await open(memory);
  await until(() => Number(second.source.seen?.().records) === 3);
  await memory.connect().produce('events', [response]);
  await until(() => second.delivered.length === 1);
  await until(() => second.mark() === 5);
  await second.source.stop();
});

it('a half that was given up is settled, and so is its late partner', async () => {
  const { clock, join: joining, delivered, source, write, mark } = await open(memoryOf());
  await write(request);
  expect(mark()).toBe(0);
  await clock.advance(60_000);
  expect(mark()).toBe(1);
  await write(response);
  expect(mark()).toBe(2);
  expect([delivered.length, joining.losses().no_answer, joining.losses().late]).toEqual([0, 1, 1]);
  await source.stop();
});

it('a half that is read again after a rebalance waits as the later copy', async () => {
  const memory = memoryOf();
  const { delivered, source, write, mark } = await open(memory);
  await write(request);
  const before = Number(source.seen?.().rebalances);
  memory.rebalance('g');
  await until(() => Number(source.seen?.().rebalances) > before && Number(source.seen?.().records) === 2);
  expect(mark()).toBe(0);
  await memory.connect().produce('events', [response]);
  await until(() => mark() === 2);
  expect(delivered).toHaveLength(1);
  await source.stop();
});

it('an event that says too little, and any event where none is expected, go aside with their code', async () => {
  const memory = memoryOf();
  const told = (at: number) => memory.recordsOf('dead', 0)[at]?.headers['penumbra-problem'];
  const events = await open(memory);
  await events.write(binary('kserve-request', { ce_id: '' }));
  await until(() => events.mark() === 1);
  expect(events.source.losses()).toMatchObject({ malformed: 1 });
  expect(told(0)).toContain('requires id');
  await events.source.stop();
  const none = await open(memory, { group: 'other' });
  await until(() => told(1) !== undefined);
  expect(told(1)).toContain('requires source.kafka.events: true');
  await none.source.stop();
});
