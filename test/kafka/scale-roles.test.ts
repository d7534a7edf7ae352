// The roles as a person starts them: one judge and two comparators as processes on one config, a real Kafka between them and live arms.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { KafkaLog } from '../../src/io/kafka/port.ts';
import { parseSamples } from '../support/exposition.ts';
import { endProcesses, type PenumbraProcess, portOf, runPenumbra, startPenumbra } from '../support/penumbra-process.ts';
import { clientOf } from '../support/serve-process.ts';
import { type ShadowServer, startShadow } from '../support/shadow-server.ts';
import { sharedAddress } from './broker/shared-address.ts';
import { connectQuickly } from './scale/trial.ts';
import { makeTopic } from './scale/world.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  endProcesses();
  for (const close of closing.splice(0)) await close();
});

const exchanges = 400;

function configFor({ address, topic, shadow }: { address: string; topic: string; shadow: ShadowServer }): string {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-roles-'));
  const file = join(folder, 'penumbra.yaml');
  writeFileSync(
    file,
    `service: roles
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}
inputs: [{name: x}]
decisions: {late: {output: "probabilities[:,1]", label: above 0.5}}
bucket: 1s
store: {path: penumbra.db}
api: {listen: "127.0.0.1:0"}
scale: {brokers: ["${address}"], exchanges: ${topic}, counts: ${topic}-counts, control: ${topic}-control, group: ${topic}, idle: 1s}
experiments:
  trial:
    arms:
      same: {target: {url: "${shadow.url}"}, deadline: 5s}
    expect:
      same.late: {flip: at most 5%}
    epoch: 1h
    start: with serve
    warmUp: 5
    budget: {requests: 1000 per second, inFlight: 64}
`,
  );
  return file;
}

async function told(process: PenumbraProcess, words: string): Promise<void> {
  while (!process.stdout().includes(words)) {
    if (process.child.exitCode !== null) throw new Error(`it ended: ${process.stderr()}`);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

async function produce(kafka: KafkaLog, topic: string, number: number): Promise<void> {
  const score = number % 2 === 0 ? 0.9 : 0.1;
  const body = { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP64', data: [score, number] }] };
  const outputs = [{ name: 'probabilities', shape: [1, 2], datatype: 'FP64', data: [1 - score, score] }];
  const value = {
    ...{ id: `x${number}`, arrivedAt: Date.now(), latencyMs: 3 },
    request: { path: '/v2/models/m/infer', body },
    answer: { status: 200, body: { model_name: 'm', model_version: 'v1', outputs } },
  };
  await kafka.produce(topic, [{ key: String(number), value: JSON.stringify(value) }]);
}

/** Health, readiness and metrics of comparators that have counted everything. */
async function sayHowTheyAre(ports: readonly number[]): Promise<void> {
  let pairs = 0;
  let partitions = 0;
  for (const port of ports) {
    const client = clientOf(`http://127.0.0.1:${port}`);
    expect((await client.call('GET', '/v1/health')).body).toMatchObject({ status: 'ok', role: 'compare', rejects: {} });
    await expect.poll(async () => (await client.call('GET', '/v1/ready')).text).toBe('{"ready":true}');
    const { text } = await client.call('GET', '/metrics');
    const samples = parseSamples(text);
    expect(samples.get('penumbra_compare_ready')).toBe(1);
    pairs += samples.get('penumbra_compare_pairs_total{experiment="trial",arm="same"}') ?? 0;
    partitions += [...samples.keys()].filter((key) => key.startsWith('penumbra_compare_lag_records{')).length;
    expect((await client.call('GET', '/v1/runs')).status).toBe(404);
  }
  // What is closed again after an accident is counted again here, not at the judge.
  expect(pairs).toBeGreaterThanOrEqual(exchanges);
  expect(partitions).toBe(4);
}

describe('serve --role', () => {
  it('judges in one process what two others compare, and says what it counted', async () => {
    const address = sharedAddress();
    const topic = `roles-${process.pid}`;
    const kafka = connectQuickly(address);
    closing.push(() => kafka.close());
    await makeTopic(kafka, topic, 4);
    const shadow = await startShadow();
    closing.push(() => shadow.close());
    const file = configFor({ address, topic, shadow });
    const judge = startPenumbra(['serve', '--config', file, '--role', 'judge']);
    const client = clientOf(`http://127.0.0.1:${await portOf(judge)}`);
    const comparators = [1, 2].map(() => startPenumbra(['serve', '--config', file, '--role', 'compare']));
    const ports = await Promise.all(comparators.map(portOf));
    await Promise.all(comparators.map((one) => told(one, `comparing what arrives in ${topic}`)));
    const run = async () => (await client.call('GET', '/v1/runs')).body.runs.at(-1);
    // Warm-up is made of what arrives, and counts nowhere.
    let number = 0;
    while ((await run()).state !== 'RUNNING') await produce(kafka, topic, number++);
    await new Promise((resume) => setTimeout(resume, 10_000));
    const from = number;
    for (; number < from + exchanges; number += 1) await produce(kafka, topic, number);
    let seen = await run();
    while (seen.conservation.received < exchanges) {
      await new Promise((resume) => setTimeout(resume, 250));
      seen = await run();
    }
    expect(seen.conservation).toMatchObject({ received: exchanges, compared: exchanges });
    const { ok = 0, timeout = 0 } = seen.arms[0].statuses;
    expect(ok + timeout).toBe(exchanges);
    expect(ok).toBeGreaterThan(exchanges / 2);
    await sayHowTheyAre(ports);
    // The topic was made as Kafka makes them.
    expect(judge.stderr()).toContain('bear their producers’ time');
    for (const one of comparators) expect(await one.end('SIGTERM')).toBe(0);
    expect(await judge.end('SIGTERM')).toBe(0);
  }, 240_000);

  it('needs scale in the config, and says so', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'penumbra-roles-'));
    const file = join(folder, 'penumbra.yaml');
    writeFileSync(
      file,
      'service: s\nproduction: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}\ninputs: [{name: x}]\ndecisions: {late: {output: p, label: above 0.5}}\nwatch: {late: {lowConfidence: {bar: 0.3, share: at most 10%}}}\n',
    );
    const { code, stderr } = await runPenumbra(['serve', '--config', file, '--role', 'compare']);
    expect(code).toBe(1);
    expect(stderr).toContain('--role compare requires scale in the config');
  });
});
