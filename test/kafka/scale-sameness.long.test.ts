// 100,000 exchanges on a real Kafka, through four comparators as processes that are killed, paused and made to join again fifty times, and
// through one comparator that nothing happens to: the same counts and the same verdicts, byte for byte.
import { afterEach, describe, expect, it } from 'vitest';
import type { ScaleConfig } from '../../src/config/scale.ts';
import { randomFor } from '../../src/core/random.ts';
import type { KafkaLog } from '../../src/io/kafka/port.ts';
import { judgedBy } from '../support/scaled-chaos.ts';
import { tableExchange } from '../support/table-exchanges.ts';
import { sharedAddress } from './broker/shared-address.ts';
import { connectQuickly, scaleOn } from './scale/trial.ts';
import { type MemberProcess, makeTopic, startJudge, startMember, type TestJudge, until } from './scale/world.ts';

const exchanges = Number(process.env.PENUMBRA_SCALE_EXCHANGES ?? 100_000);
const accidents = Number(process.env.PENUMBRA_SCALE_ACCIDENTS ?? 50);
const seed = process.env.PENUMBRA_SCALE_SEED ?? '1';
const everyMs = 1;
const random = randomFor(seed, 'accidents', '');
const name = `sameness-${process.pid}`;

const members = new Set<MemberProcess>();
const others: (TestJudge | KafkaLog)[] = [];
afterEach(async () => {
  await Promise.all([...members].map((member) => member.end('SIGKILL')));
  members.clear();
  for (const one of others.splice(0)) await ('stop' in one ? one.stop() : one.close());
});

/** As time goes by: number n when its time has come. */
async function produce(kafka: KafkaLog, scale: ScaleConfig): Promise<void> {
  const startMs = Math.ceil(Date.now() / 1000) * 1000;
  let number = 0;
  while (number < exchanges) {
    const due = Math.min(exchanges, Math.floor((Date.now() - startMs) / everyMs));
    const records = [];
    for (; number < due; number += 1) {
      const { key, value } = tableExchange(number, { startMs, everyMs });
      records.push({ key, value: JSON.stringify(value) });
    }
    if (records.length > 0) await kafka.produce(scale.exchanges, records);
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

async function addMember(scale: ScaleConfig): Promise<MemberProcess> {
  const member = await startMember(scale);
  members.add(member);
  return member;
}

/** One accident; resolves when its victim is replaced or goes on. Only a kill needs a new process, which costs more than all the rest. */
async function accident(scale: ScaleConfig, happened: Record<string, number>): Promise<void> {
  const alive = [...members];
  const victim = alive[Math.floor(random.uniform() * alive.length)];
  const chance = random.uniform();
  const pauseMs = 300 + random.uniform() * 5000;
  const kind = chance < 0.3 ? 'kill' : chance < 0.8 ? 'pause' : 'rebalance';
  happened[kind] = (happened[kind] ?? 0) + 1;
  if (victim === undefined || kind === 'rebalance') {
    victim?.child.send('join again');
  } else if (kind === 'kill') {
    members.delete(victim);
    await victim.end('SIGKILL');
    await addMember(scale);
  } else {
    victim.child.kill('SIGSTOP');
    await new Promise((resume) => setTimeout(resume, pauseMs));
    victim.child.kill('SIGCONT');
  }
}

async function judgeAlone(address: string, topic: string): Promise<unknown> {
  const scale = scaleOn(address, `${name}-alone`, topic);
  const judge = await startJudge(scale);
  others.push(judge);
  const member = await addMember(scale);
  await until(judge.counted, (counted) => counted >= exchanges, 120_000);
  await member.end('SIGTERM');
  members.delete(member);
  expect(judge.counted(), 'violations').toBe(exchanges);
  return judgedBy(judge.store);
}

describe('many comparators on a real Kafka', () => {
  it('count and judge as one, whatever happens to them', async () => {
    const address = sharedAddress();
    const scale = scaleOn(address, name);
    const kafka = connectQuickly(address);
    others.push(kafka);
    await makeTopic(kafka, scale.exchanges, 8);
    const judge = await startJudge(scale);
    others.push(judge);
    await Promise.all([1, 2, 3, 4].map(() => addMember(scale)));
    const happened: Record<string, number> = {};
    const produced = produce(kafka, scale);
    const pauseMs = (exchanges * everyMs) / accidents;
    const underWay: Promise<void>[] = [];
    for (let one = 0; one < accidents; one += 1) {
      underWay.push(accident(scale, happened));
      await new Promise((resume) => setTimeout(resume, pauseMs));
    }
    await Promise.all([produced, ...underWay]);
    await until(judge.counted, (counted) => counted >= exchanges, 120_000);
    expect(judge.counted(), 'violations').toBe(exchanges);
    expect(Object.values(happened).reduce((sum, count) => sum + count, 0)).toBe(accidents);
    const together = judgedBy(judge.store);
    const grown = await judgeAlone(address, scale.exchanges);
    expect(together, 'violations').toEqual(grown);
    expect(JSON.stringify(together) === JSON.stringify(grown), 'violations').toBe(true);
    process.stdout.write(`${exchanges} exchanges, ${JSON.stringify(happened)}: the same counts and verdicts\n`);
  }, 420_000);
});
