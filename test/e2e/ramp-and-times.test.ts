// A share that rises only while nothing is amiss, times of the week at which a run may start and ends, and what people are told of both.
import { describe, expect, it } from 'vitest';
import { hashFraction, keyOf } from '../../src/core/random.ts';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%, required: false' },
};
const { start } = useComparators(trial);
const ramp = {
  ramp: '{steps: [10%, 100%], hold: 20s}',
  stopWhen: '[{when: production.p99 above 100ms, window: 5s}]',
};

/** The largest place of a request that was sent in these seconds: just below the share in force. */
async function sharesOf(
  t: TestComparator,
  { seconds, slowAt = [], slow = 30 }: { seconds: number; slowAt?: readonly number[]; slow?: number },
) {
  const shares: number[] = [];
  const from = (t.clock.nowMs() - 1_700_002_800_000) / 1000;
  for (let second = 0; second < seconds; second++) {
    const before = (t.asked.candidate ?? []).length;
    for (let n = 0; n < 30; n++) {
      const latencyMs = n < slow && slowAt.includes(second) ? 150 : 20;
      t.deliver({ id: `${from + second}-${n}`, latencyMs });
    }
    await t.at(from + second + 1);
    const sent = (t.asked.candidate ?? []).slice(before);
    shares.push(Math.max(0, ...sent.map((id) => hashFraction(keyOf('1:share'), id))));
  }
  return shares;
}

const firstAbove = (shares: readonly number[], share: number): number => shares.findIndex((one) => one > share);

describe('a share that rises', () => {
  it('does so at the first edge of a bucket after its hold', async () => {
    const t = await start({ settings: ramp });
    const shares = await sharesOf(t, { seconds: 40 });
    expect(firstAbove(shares, 0.1)).toBe(30);
    expect(Math.max(...shares.slice(30))).toBeGreaterThan(0.9);
  });

  it('waits a whole hold longer after windows of production that are over the limit', async () => {
    const t = await start({ settings: ramp });
    const shares = await sharesOf(t, { seconds: 28, slowAt: [11, 16] });
    expect(t.run()).toMatchObject({ state: 'RUNNING', endedAt: null });
    expect(firstAbove(shares, 0.1)).toBe(-1);
    expect(firstAbove(await sharesOf(t, { seconds: 30 }), 0.1)).toBe(50 - 28);
  });

  it('does not wait for a single slow request among few, which proves nothing', async () => {
    const t = await start({ settings: { ...ramp, stopWhen: '[{when: production.p99 above 100ms, window: 1s}]' } });
    const shares = await sharesOf(t, { seconds: 40, slowAt: [19], slow: 1 });
    expect(firstAbove(shares, 0.1)).toBe(30);
  });

  it('is told', async () => {
    const t = await start({ settings: ramp });
    await sharesOf(t, { seconds: 12, slowAt: [3, 8] });
    const [note] = t.app.comparator.run(t.run().id).notes;
    expect(note).toBe('ramp: step 1 of 2: 10 % of the traffic; held there: production.p99 above 100ms now');
  });
});

describe('times at which copies may be sent', () => {
  // The timeline begins on a Tuesday at 23:00 UTC.
  it('end a run, whose evidence stays, and let none start before the next', async () => {
    const t = await start({ settings: { allowedTimes: '[Tue 23:00-23:01]', start: 'on request' } });
    await t.app.comparator.startRun({ experiment: 'trial' });
    await sharesOf(t, { seconds: 70 });
    expect(t.run()).toMatchObject({ state: 'COMPLETED', endReason: 'allowed_time' });
    expect(t.run().conservation.compared).toBeGreaterThan(1000);
    await expect(t.app.comparator.startRun({ experiment: 'trial' })).rejects.toThrow(
      'cannot start: its allowed times are Tue 23:00-23:01; the next one begins 2023-11-21T23:00:00.000Z',
    );
  });

  it('let one that starts with serve wait', async () => {
    const t = await start({ settings: { allowedTimes: '[Tue 23:01-23:30]' } });
    expect(t.app.comparator.runs()).toEqual([]);
    await t.at(66);
    expect(t.run()).toMatchObject({ endedAt: null });
  });
});

it('the budget of the day is told, and that it is used up', async () => {
  const t = await start({ settings: { budget: '{requests: 10000 per second, inFlight: 10000, perDay: 40}' } });
  await sharesOf(t, { seconds: 3 });
  expect(t.asked.candidate).toHaveLength(40);
  const notes = t.app.comparator.run(t.run().id).notes.join('\n');
  expect(notes).toContain('budget of the day, for each arm: 40 of 40 requests and');
  expect(notes).toContain('it is used up, and nothing more is sent, until 2023-11-15T22:');
});
