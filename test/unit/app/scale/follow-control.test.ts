// What comparators obey: the newest lead's words, for a second, and never those of a judge whose time is over.
import { describe, expect, it } from 'vitest';
import { followControl, leaseMs } from '../../../../src/app/scale/follow-control.ts';
import type { Lease } from '../../../../src/pipeline/scale/messages.ts';
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
  const say = async (change: Partial<Lease>): Promise<void> => {
    const lease: Lease = {
      ...{ type: 'lease', term: 0, reading: 'ours', isKilled: false, runs: [], members: 1, grants: {} },
      ...change,
    };
    await kafka.produce(topic, [{ key: 'lease', value: JSON.stringify(lease), partition: 0 }]);
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
