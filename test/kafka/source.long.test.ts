// A comparator that reads a real Kafka topic is killed at random moments, with records that come twice and broken ones among them: every
// exchange is counted once, nothing is lost by a restart, and what is broken lies in the dead-letter topic.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { createSqliteStore } from '../../src/io/store/sqlite-store.ts';
import { isConserved } from '../../src/pipeline/run-context.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { compileEntry, runAndKill } from '../support/run-and-kill.ts';
import { connectTo, sharedAddress } from './broker/shared-address.ts';

const kills = 12;
const count = 3000;
const log = connectTo(sharedAddress());
afterAll(() => log.close());

const exchange = (index: number) =>
  JSON.stringify({
    id: `x-${index}`,
    latencyMs: 20,
    request: {
      path: '/v2/models/m/infer',
      body: { inputs: [{ name: 'f', shape: [1, 2], datatype: 'FP64', data: [index, 0] }] },
    },
    answer: {
      status: 200,
      body: {
        model_name: 'm',
        model_version: 'p1',
        outputs: [{ name: 'p', shape: [1, 1], datatype: 'FP64', data: [0.9] }],
      },
    },
  });

it(`counts every exchange once over ${kills} kills`, async () => {
  const topic = `source-${Date.now()}`;
  await log.ensureTopics([
    { topic, partitions: 4 },
    { topic: `${topic}-dead`, partitions: 1 },
  ]);
  const path = join(mkdtempSync(join(tmpdir(), 'penumbra-test-')), 'penumbra.db');
  const entry = compileEntry('killable-kafka-comparator');
  const args = [path, sharedAddress(), topic];
  let broken = 0;
  const write = async (from: number, to: number): Promise<void> => {
    const records = Array.from({ length: to - from }, (_, index) => from + index).flatMap((index) => {
      const record = { key: `k-${index}`, value: exchange(index) };
      if (index % 50 === 0) broken += 1;
      return [
        record,
        ...(index % 20 === 0 ? [record] : []),
        ...(index % 50 === 0 ? [{ key: 'b', value: '{"id": ' }] : []),
      ];
    });
    await log.produce(topic, records);
  };
  const each = Math.ceil(count / (kills + 1));
  for (let kill = 0; kill < kills; kill++) {
    await write(kill * each, Math.min(count, (kill + 1) * each));
    const { errors } = await runAndKill(entry, args, 3000);
    expect(errors).toBe('');
  }
  await write(kills * each, count);
  const last = spawn(process.execPath, [entry, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  const facts = () => {
    const store = createSqliteStore({ path, clock: createFakeClock(), sinks: [], maxSamplesPerArm: 1 });
    const id = store.runs()[0]?.run.id ?? '';
    const flip = store.streams(id).find(({ hypothesis }) => hypothesis === 'candidate.late.flip');
    const found = {
      runs: store.runs().length,
      tallies: store.tallies(id),
      counted: flip?.counts[0] ?? 0,
      offsets: store.sourceOffsets(),
    };
    store.close();
    return found;
  };
  const dead = async () => [...(await log.boundsOf(`${topic}-dead`)).values()][0]?.endOffset ?? 0;
  await untilSo(async () => (await log.marksOf(topic, topic)).size === 4 && (await isReadToItsEnd(topic)));
  last.kill('SIGKILL');
  await once(last, 'close');
  const { runs, tallies, counted, offsets } = facts();
  expect(runs).toBe(1);
  expect(tallies).toHaveLength(2);
  for (const tally of tallies) {
    expect(tally.dropped).toEqual({});
    expect(tally.compared).toBe(count);
    expect(isConserved({ ...tally, inFlight: 0 })).toBe(true);
  }
  expect(counted).toBe(count);
  expect(offsets).toHaveLength(4);
  // What was read twice lies there twice: broken records have no effect that must come once.
  expect(await dead()).toBeGreaterThanOrEqual(broken);
}, 240_000);

async function isReadToItsEnd(topic: string): Promise<boolean> {
  const [marks, bounds] = await Promise.all([log.marksOf(topic, topic), log.boundsOf(topic)]);
  return [...bounds].every(([partition, { endOffset }]) => marks.get(partition)?.offset === endOffset);
}

async function untilSo(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 200));
}
