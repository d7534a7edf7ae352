// Stop conditions on timelines: an outage at any rate, a breach after a long good stretch, bad moments that are no breach, silence.
import { describe, expect, it } from 'vitest';
import type { Delivery, TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%, required: false' },
  settings: { stopWhen: '[production.p99 above 100ms, production.errors above 5%]' },
};
const { running, start } = useComparators(trial);
const well = { latencyMs: 20 };
const slow = { latencyMs: 150 };
const failed = { status: 503 };

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly perSecond: number;
  readonly answer: (index: number) => Omit<Delivery, 'id'>;
}

/** Evenly spread; stops when the run ends, and says in which second. */
async function traffic(t: TestComparator, { from, to, perSecond, answer }: Stretch): Promise<number | null> {
  for (let index = 0; index < (to - from) * perSecond; index++) {
    const at = from + (index + 0.5) / perSecond;
    await t.at(at);
    if (t.run().endedAt !== null) return at - from;
    t.deliver({ id: `${at}`, ...answer(index) });
  }
  await t.at(to);
  return t.run().endedAt === null ? null : to - from;
}

describe('an outage of production', () => {
  it.each([
    [2, slow, 'production.p99 above 100ms', 5],
    [2, failed, 'production.errors above 5%', 7],
    [20, slow, 'production.p99 above 100ms', 5],
    [20, failed, 'production.errors above 5%', 7],
  ])('at %d requests/s, %j, aborts by "%s" within %d s', async (perSecond, answer, condition, within) => {
    const t = await start();
    expect(await traffic(t, { from: 0, to: 10, perSecond, answer: () => well })).toBe(null);
    const seconds = await traffic(t, { from: 10, to: 30, perSecond, answer: () => answer });
    expect(seconds).toBeLessThanOrEqual(within);
    expect(t.run()).toMatchObject({ state: 'ABORTED', endReason: `stop condition met: ${condition}` });
  });

  it('is for good: nothing is asked any more, also when production is well again', async () => {
    const t = await start();
    await traffic(t, { from: 0, to: 10, perSecond: 10, answer: () => slow });
    const before = Object.values(t.asked).flat().length;
    const endedAt = t.run().endedAt;
    for (let n = 0; n < 20; n++) t.deliver({ id: `after-${n}`, ...well });
    await t.at(60);
    expect(Object.values(t.asked).flat()).toHaveLength(before);
    expect(t.run()).toMatchObject({ state: 'ABORTED', endedAt });
  });
});

describe('a partial breach', () => {
  it('after a quarter of an hour of good answers is noticed as soon as one at the start', async () => {
    const late = await start();
    expect(await traffic(late, { from: 0, to: 900, perSecond: 2, answer: () => well })).toBe(null);
    const every = { perSecond: 2, answer: (index: number) => (index % 3 === 0 ? slow : well) };
    const early = await start();
    const atOnce = await traffic(early, { ...every, from: 0, to: 120 });
    const seconds = await traffic(late, { ...every, from: 900, to: 1020 });
    expect(atOnce).toBeLessThan(30);
    expect(seconds).toBe(atOnce);
  });
});

describe('no abort', () => {
  it('of a production exactly at its limit for ten minutes', async () => {
    const t = await start();
    const answer = (index: number) => (index % 100 === 50 ? slow : well);
    expect(await traffic(t, { from: 0, to: 600, perSecond: 4, answer })).toBe(null);
  });

  it('for one second in which every answer is slow, once a minute', async () => {
    const t = await start();
    const answer = (index: number) => (Math.floor(index / 20) % 60 === 30 ? slow : well);
    expect(await traffic(t, { from: 0, to: 120, perSecond: 20, answer })).toBe(null);
  });

  it('before so many windows in a row are over as the condition asks for', async () => {
    const t = await start({
      settings: { stopWhen: '[{when: production.p99 above 100ms, window: 500ms, windows: 20}]' },
    });
    const seconds = await traffic(t, { from: 0, to: 30, perSecond: 10, answer: () => slow });
    expect(seconds).toBeGreaterThan(10);
    expect(seconds).toBeLessThan(11);
  });

  it('on what was seen before a restart: the evidence starts empty, the condition is still watched', async () => {
    const t = await start();
    expect(await traffic(t, { from: 0, to: 3, perSecond: 10, answer: () => slow })).toBe(null);
    const again = await t.crash();
    running.splice(0, 1, again);
    const seconds = await traffic(again, { from: 3, to: 20, perSecond: 10, answer: () => slow });
    expect(seconds).toBeGreaterThan(3);
    expect(seconds).toBeLessThanOrEqual(5);
  });
});

describe('a missing signal', () => {
  it('aborts after 30 s without any request, and not before', async () => {
    const t = await start();
    await traffic(t, { from: 0, to: 60, perSecond: 2, answer: () => well });
    await t.at(89);
    expect(t.run().state).toBe('RUNNING');
    await t.at(91);
    expect(t.run()).toMatchObject({
      state: 'ABORTED',
      endReason: expect.stringContaining('no production request for 30 s'),
    });
  });

  it('is one request every 20 s not', async () => {
    const t = await start();
    expect(await traffic(t, { from: 0, to: 200, perSecond: 0.05, answer: () => well })).toBe(null);
  });

  it('aborts nothing that has no stop condition', async () => {
    const t = await start({ settings: {} });
    t.deliver('only');
    await t.at(300);
    expect(t.run().state).toBe('RUNNING');
  });
});
