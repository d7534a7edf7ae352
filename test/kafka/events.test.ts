// A logger's CloudEvents in a real Kafka topic, written by other people's code (librdkafka, by kcat -H): request and answer in different
// partitions, in binary and in structured mode, become one exchange each.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemClock } from '../../src/io/clock.ts';
import { kafka } from '../../src/io/sources/kafka.ts';
import { cloudeventsOptions, createSourceBench } from '../support/source-bench.ts';
import { connectTo, sharedAddress } from './broker/shared-address.ts';
import { until } from './port-laws.ts';
import { makeTopic } from './scale/world.ts';

const { listen: _, ...events } = cloudeventsOptions;

function captured(name: string): { headers: [string, string][]; body: string } {
  const file = join(import.meta.dirname, '../fixtures/cloudevents', `${name}.http`);
  const [head = '', ...body] = readFileSync(file, 'utf8').split('\n\n');
  const lines = head.split('\n').map((line) => line.split(/: (.*)/s).slice(0, 2) as [string, string]);
  const kept = lines.filter(([header]) => header.startsWith('ce-') || header === 'content-type');
  return { headers: kept, body: JSON.stringify(JSON.parse(body.join('\n\n'))) };
}

interface Written {
  readonly partition: number;
  readonly headers: readonly [string, string][];
  readonly body: string;
}

async function writeByKcat(topic: string, { partition, headers, body }: Written): Promise<void> {
  const words = headers.flatMap(([name, value]) => ['-H', `${name}=${value}`]);
  const kcat = spawn('kcat', ['-P', '-b', sharedAddress(), '-t', topic, '-p', String(partition), ...words], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  kcat.stdin.end(body);
  const [code] = await once(kcat, 'close');
  expect(code).toBe(0);
}

it('both modes, each half in a partition of its own', async () => {
  const topic = `events-${process.pid}`;
  const log = connectTo(sharedAddress());
  await makeTopic(log, topic, 2);
  const bench = createSourceBench();
  const settings = { topic, group: topic, from: 'beginning', deadLetter: null, events } as const;
  const source = kafka.create(settings)({ ...bench.deps, clock: systemClock, kafka: log });
  await source.follow?.(bench.receive, []);
  for (const [partition, half] of ['response', 'request'].entries()) {
    const { headers, body } = captured(`kserve-${half}`);
    const attributes = headers.map(([name, value]): [string, string] => [name.replace('ce-', 'ce_'), value]);
    await writeByKcat(topic, { partition, headers: attributes, body });
    const named = headers.map(([name, value]) => [name === 'content-type' ? 'datacontenttype' : name.slice(3), value]);
    const whole = { ...Object.fromEntries(named), id: 'structured', data: JSON.parse(body) };
    const type: [string, string] = ['content-type', 'application/cloudevents+json'];
    await writeByKcat(topic, { partition: 1 - partition, headers: [type], body: JSON.stringify(whole) });
  }
  await until(() => bench.delivered.length === 2);
  await until(() => (source.offsets?.() ?? []).every(({ offset }) => offset === 2));
  const told = bench.delivered.map(({ sourceId, latencyMs, request, answer }) => [
    ...[sourceId, latencyMs, request.path, request.headers['x-request-id']],
    JSON.parse(Buffer.from(request.body).toString()).inputs[0].name,
    JSON.parse(Buffer.from(answer.body).toString()).outputs[0].data,
  ]);
  const common = [7, '/v2/models/sklearn-v2-iris/infer', '6f1c1f0a-6d5b-9a4e-8f6e-3f0c7c1a2b3d', 'input-0', [1, 1]];
  expect(told).toHaveLength(2);
  expect(told).toContainEqual(['689b15e7-84a1-4e89-9805-20809efc216d', ...common]);
  expect(told).toContainEqual(['structured', ...common]);
  expect(source.losses()).toMatchObject({ malformed: 0, no_id: 0 });
  await source.stop();
});
