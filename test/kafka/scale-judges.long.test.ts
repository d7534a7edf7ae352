// Two judges on a real Kafka, as processes: one leads and one waits, whoever hangs or dies, and nothing is judged, counted or alerted twice.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { KafkaLog } from '../../src/io/kafka/port.ts';
import { type AlertReceiver, startAlertReceiver } from '../support/alert-receiver.ts';
import { endProcesses, type PenumbraProcess, portOf, startPenumbra } from '../support/penumbra-process.ts';
import { clientOf } from '../support/serve-process.ts';
import { startShadow } from '../support/shadow-server.ts';
import { sharedAddress } from './broker/shared-address.ts';
import { connectQuickly } from './scale/trial.ts';
import { makeTopic } from './scale/world.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  endProcesses();
  for (const close of closing.splice(0)) await close();
});

const topic = `judges-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'penumbra-judges-'));

/** `store` of its own, or the one that all share. */
function configFor(parts: { shadow: string; receiver: string; store?: string }): string {
  const { shadow, receiver, store = 'shared' } = parts;
  const file = join(folder, `${store}.yaml`);
  writeFileSync(
    file,
    `service: judges
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}
inputs: [{name: x}]
decisions: {late: {output: "probabilities[:,1]", label: above 0.5}}
bucket: 1s
store: {path: ${store}.db}
api: {listen: "127.0.0.1:0"}
alerts: [{webhook: "${receiver}"}]
scale: {brokers: ["${sharedAddress()}"], exchanges: ${topic}, counts: ${topic}-counts, control: ${topic}-control, group: ${topic}, idle: 1s}
experiments:
  trial:
    arms:
      wrong: {target: {url: "${shadow}"}, deadline: 20s}
    expect:
      wrong.late: {flip: at most 5%}
    epoch: 1h
    start: with serve
    warmUp: 5
    budget: {requests: 1000 per second, inFlight: 64}
`,
  );
  return file;
}

const score = (number: number): number => (number % 2 === 0 ? 0.9 : 0.1);

/** Production says the contrary of what the shadow answers. */
async function produce(kafka: KafkaLog, { from, count }: { from: number; count: number }): Promise<void> {
  const records = Array.from({ length: count }, (_, index) => from + index).map((number) => {
    const body = { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP64', data: [score(number), number] }] };
    const outputs = [
      { name: 'probabilities', shape: [1, 2], datatype: 'FP64', data: [score(number), 1 - score(number)] },
    ];
    const value = {
      ...{ id: `x${number}`, arrivedAt: Date.now(), latencyMs: 3 },
      request: { path: '/v2/models/m/infer', body },
      answer: { status: 200, body: { model_name: 'm', model_version: 'v1', outputs } },
    };
    return { key: String(number), value: JSON.stringify(value) };
  });
  await kafka.produce(topic, records);
}

const judgeOn = (file: string): PenumbraProcess => startPenumbra(['serve', '--config', file, '--role', 'judge']);

async function addressIn(judge: PenumbraProcess): Promise<string> {
  await expect.poll(judge.stdout, { timeout: 120_000 }).toMatch(/comparator listening on http:\S+\n/);
  return /comparator listening on (http:\S+)\n/.exec(judge.stdout())?.[1] ?? '';
}

const firingOf = ({ alerts }: AlertReceiver): string[] =>
  alerts.filter(({ status }) => status === 'firing').map(({ key }) => key);

describe('a second judge', () => {
  it('waits, takes over from one that hung and from one that died, and says nothing twice', async () => {
    const kafka = connectQuickly(sharedAddress());
    closing.push(() => kafka.close());
    await makeTopic(kafka, topic, 2);
    const shadow = await startShadow();
    const receiver = await startAlertReceiver();
    closing.push(shadow.close, receiver.close);
    const file = configFor({ shadow: shadow.url, receiver: receiver.url });

    const first = judgeOn(file);
    let client = clientOf(`http://127.0.0.1:${await portOf(first)}`);
    const second = judgeOn(file);
    const waiting = clientOf(`http://127.0.0.1:${await portOf(second)}`);
    await expect.poll(second.stdout).toContain('another judge leads');
    expect((await waiting.call('GET', '/v1/health')).body).toMatchObject({ role: 'judge', waits: true });
    expect((await waiting.call('GET', '/v1/ready')).body.error).toMatchObject({ code: 'NOT_READY' });
    expect((await waiting.call('GET', '/metrics')).text).toContain('penumbra_judge_waits');

    const comparator = startPenumbra(['serve', '--config', file, '--role', 'compare']);
    await portOf(comparator);
    const run = async () => (await client.call('GET', '/v1/runs')).body.runs.at(-1);
    let number = 0;
    const produceUntil = async (isEnough: () => Promise<boolean>): Promise<void> => {
      while (!(await isEnough())) {
        await produce(kafka, { from: number, count: 10 });
        number += 10;
        await new Promise((resume) => setTimeout(resume, 100));
      }
    };
    await produceUntil(async () => firingOf(receiver).length > 0);
    const { id } = await run();
    const alerts = firingOf(receiver);
    const verdictsOf = async () => (await client.call('GET', `/v1/runs/${id}/verdicts`)).body.verdicts;
    const verdicts = await verdictsOf();

    first.child.kill('SIGSTOP');
    await expect.poll(second.stdout, { timeout: 120_000 }).toContain('this judge leads now');
    // The store is the first one's for as long as it lives: two never judge.
    expect(second.stdout()).not.toContain('comparator listening');
    first.child.kill('SIGCONT');
    expect(await first.ended).toBe(1);
    await expect.poll(first.stderr).toContain('another judge leads now');

    client = clientOf(await addressIn(second));
    expect((await run()).id).toBe(id);
    const before = (await run()).conservation.received;
    await produceUntil(async () => (await run()).conservation.received > before);

    const third = judgeOn(file);
    await portOf(third);
    await second.end('SIGKILL');
    client = clientOf(await addressIn(third));
    expect((await run()).id).toBe(id);
    const then = (await run()).conservation.received;
    await produceUntil(async () => (await run()).conservation.received > then);
    expect(await verdictsOf()).toEqual(verdicts);
    expect(firingOf(receiver).filter((key) => alerts.includes(key))).toEqual(alerts);
    expect(new Set(alerts).size).toBe(alerts.length);

    // One with a store of its own cannot go on with the run, and says so; the run is not known to it.
    const fourth = judgeOn(configFor({ shadow: shadow.url, receiver: receiver.url, store: 'other' }));
    await portOf(fourth);
    expect(await third.end('SIGTERM')).toBe(0);
    client = clientOf(await addressIn(fourth));
    await expect.poll(fourth.stderr).toContain('kept these runs in another store');
    await expect.poll(async () => (await run())?.id ?? id).not.toBe(id);
    for (const one of [comparator, fourth]) expect(await one.end('SIGTERM')).toBe(0);
  }, 600_000);
});
