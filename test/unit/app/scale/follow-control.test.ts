// What comparators obey: the newest lead's words, for a second, and never those of a judge whose time is over.
import { describe, expect, it } from 'vitest';
import { followControl, leaseMs } from '../../../../src/app/scale/follow-control.ts';
import type { JudgeNotice, Lease } from '../../../../src/pipeline/scale/messages.ts';
import { createFakeClock, roundMs } from '../../../support/fake-clock.ts';
import { createMemoryKafka } from '../../../support/memory-kafka.ts';

const topic = 'control';
const quiet = (): void => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

async function follow() {
  const clock = createFakeClock(roundMs);
  const kafka = createMemoryKafka({ clock }).connect();
  await kafka.ensureTopics([{ topic, partitions: 1 }]);
  const heard: number[] = [];
  const onLease = ({ members }: Lease): void => void heard.push(members);
  const control = followControl({ kafka, topic, clock, log, reading: 'ours', onLease });
  await control.start();
  /** One batch: the lease, and what else a judge says of itself behind it. */
  const say = async (change: Partial<Lease>, ...notices: JudgeNotice[]): Promise<void> => {
    const lease: Lease = {
      ...{ type: 'lease', term: 0, reading: 'ours', isKilled: false, runs: [], members: 1, grants: {} },
      ...change,
    };
    const records = [lease, ...notices].map((one) => ({ key: one.type, value: JSON.stringify(one), partition: 0 }));
    await kafka.produce(topic, records);
    await clock.advance(10);
  };
  return { clock, control, say, heard };
}

describe('the word of a judge', () => {
  it('holds for a second', async () => {
    const { clock, control, say } = await follow();
    expect([control.silentMs(), control.whyNot()]).toEqual([null, 'judge']);
    await say({});
    expect(control.isInForce()).toBe(true);
    await clock.advance(leaseMs);
    expect([control.isInForce(), control.whyNot()]).toEqual([false, 'judge']);
    expect(control.silentMs()).toBeGreaterThanOrEqual(leaseMs);
  });

  it('holds too when the judge says of its lead in the same breath', async () => {
    const { clock, control, say, heard } = await follow();
    const notice: JudgeNotice = { type: 'judge', judge: 'one', word: 1, term: 0, resigns: false };
    await say({ members: 2 }, notice);
    expect([control.isInForce(), heard]).toEqual([true, [2]]);
    await clock.advance(leaseMs - 100);
    await say({ members: 3 }, notice, { ...notice, word: 2 });
    await clock.advance(leaseMs - 100);
    expect([control.isInForce(), heard]).toEqual([true, [2, 3]]);
  });

  it('counts for nothing once another leads, and renews nothing', async () => {
    const { clock, control, say, heard } = await follow();
    await say({ term: 4, members: 4 });
    await say({ term: 9, members: 9 });
    await clock.advance(600);
    await say({ term: 4, members: 5 });
    expect(heard).toEqual([4, 9]);
    await clock.advance(600);
    expect(control.isInForce()).toBe(false);
    await say({ term: 9, members: 3 });
    expect([control.isInForce(), control.lease()?.members]).toEqual([true, 3]);
  });

  it('says why nothing may be sent', async () => {
    const { control, say } = await follow();
    await say({ isKilled: true });
    expect([control.isInForce(), control.whyNot()]).toEqual([false, 'kill switch']);
    await say({ reading: 'theirs' });
    expect([control.isInForce(), control.whyNot()]).toEqual([false, 'config']);
  });
});
