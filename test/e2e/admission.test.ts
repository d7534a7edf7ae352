// Who is asked and who is not: every reason to skip an exchange, decided before any arm's answer is known.
import { describe, expect, it } from 'vitest';
import { readEvidence } from '../../src/core/judge/judge-stream.ts';
import { hashFraction, isInShare, keyOf } from '../../src/core/random.ts';
import type { Hypothesis } from '../../src/model.ts';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = { arms: { candidate: '' }, expect: { 'candidate.late': 'flip: at most 1%' } };
const { running, start } = useComparators(trial);
const flip = 'candidate.late.flip';

const skippedBy = (t: TestComparator) => t.run().arms[0]?.conservation.skipped;

describe('duplicates', () => {
  it('of one request count once per bucket, whatever their ids', async () => {
    const expected = { 'candidate.late': 'flip: at most 10%' };
    const t = await start({ expect: expected, answers: { candidate: () => ({ score: 0.1 }) } });
    for (let n = 0; n < 20; n++) t.deliver({ id: `burst ${n}`, feature: 7 });
    await t.at(10);
    t.deliver({ id: 'the same in the next bucket', feature: 7 });
    await t.at(23);
    expect(t.run().conservation).toMatchObject({ received: 21, compared: 2, skipped: { duplicate: 19 } });
    expect(t.hypothesis(flip)).toMatchObject({ n: 2, verdict: 'UNDECIDED' });
    // The test of the test: one odd request, asked twenty-one times, would have been an alarm.
    const { definition } = t.store.runs()[0]?.run ?? {};
    const naive = readEvidence([21, 21], definition?.hypotheses[0] as Hypothesis);
    expect(naive.evidence.logEUp).toBeGreaterThan(t.hypothesis(flip).logEUpNeeded);
  });

  it('are different requests when any input differs', async () => {
    const t = await start();
    t.deliver({ id: 'a', feature: 7 });
    t.deliver({ id: 'b', feature: 7.000001 });
    await t.at(13);
    expect(t.run().conservation).toMatchObject({ compared: 2, skipped: {} });
  });

  it('of an id are never asked twice, in the same moment or buckets later', async () => {
    const t = await start();
    const [first, second] = [t.deliver('known'), t.deliver('known')];
    await t.at(30);
    const third = t.deliver('known');
    await t.at(30.1);
    const fates = await Promise.all(
      [first, second, third].map(async ({ journalled, fates }) => {
        await journalled;
        return Object.values(fates())[0];
      }),
    );
    expect(fates).toEqual(['admitted', 'skipped: duplicate', 'skipped: duplicate']);
    await t.at(43);
    expect(t.asked.candidate).toEqual(['known']);
    expect(t.run().conservation).toMatchObject({ received: 3, compared: 1, skipped: { duplicate: 2 }, inFlight: 0 });
  });
});

describe('an exchange that says nothing about the arms', () => {
  it('is skipped when production failed, was too slow, or cannot be understood', async () => {
    const t = await start();
    t.deliver({ id: 'failed', status: 503 });
    t.deliver({ id: 'slow', latencyMs: 201 });
    t.deliver({ id: 'just in time', latencyMs: 200 });
    const undecodable = t.app.comparator.submit({
      sourceId: 's',
      arrivedAt: t.clock.nowMs(),
      latencyMs: 1,
      request: { method: 'POST', path: '/v2/models/m/infer', headers: {}, body: Buffer.from('{') },
      answer: { status: 200, headers: {}, body: Buffer.from('{}') },
    });
    expect(undecodable.problem?.code).toBe('REQUEST_UNDECODABLE');
    await t.at(13);
    expect(t.run().conservation).toMatchObject({ received: 4, compared: 1, skipped: { production_failed: 3 } });
    expect(t.asked.candidate).toEqual(['just_in_time']);
  });

  it('is skipped when it holds several rows or is too large', async () => {
    const budget = '{requests: 10000 per second, inFlight: 10000, body: 1KiB}';
    const t = await start({ settings: { budget } });
    t.deliver({ id: 'batch', rows: 2 });
    t.deliver({ id: 'large', bytes: 1024 });
    t.deliver({ id: 'ordinary', bytes: 100 });
    await t.at(13);
    expect(t.run().conservation).toMatchObject({ compared: 1, skipped: { batch: 1, too_large: 1 } });
  });

  it('is not received at all when it is a copy of our own, or no inference', async () => {
    const t = await start();
    t.deliver({ id: 'a', headers: { 'x-shadow': 'run/arm' } });
    t.deliver({ id: 'shadow-a' });
    t.app.comparator.submit({
      sourceId: 's',
      arrivedAt: t.clock.nowMs(),
      latencyMs: 1,
      request: { method: 'GET', path: '/v2/health/ready', headers: {}, body: new Uint8Array() },
      answer: { status: 200, headers: {}, body: new Uint8Array() },
    });
    expect(t.app.comparator.health().ignored).toEqual({ shadow: 2, not_inference: 1 });
    expect(t.run().conservation.received).toBe(0);
  });
});

describe('the share', () => {
  it('is drawn by a keyed hash of the id: whoever replays asks about the same requests', async () => {
    const ids = Array.from({ length: 400 }, (_, n) => `request-${n}`);
    const asked: string[][] = [];
    for (const order of [ids, ids.toReversed()]) {
      const t = await start({ settings: { share: '30%' } });
      for (const id of order) t.deliver(id);
      await t.at(13);
      asked.push((t.asked.candidate ?? []).toSorted());
      expect(t.run().conservation).toMatchObject({
        received: 400,
        skipped: { share: 400 - (asked.at(-1)?.length ?? 0) },
      });
    }
    const expected = ids.filter((id) => isInShare(keyOf('1:share'), id, 0.3)).toSorted();
    expect(asked).toEqual([expected, expected]);
    expect(Math.abs(expected.length - 120)).toBeLessThan(30);
  });
});

describe('a budget', () => {
  const budget = '{requests: 10 per second, inFlight: 10000}';

  it('lets a second’s worth through at once and no more, and is full again a second later', async () => {
    const t = await start({ settings: { budget } });
    for (const [second, asked] of [
      [0, 10],
      [0.5, 15],
      [2, 25],
    ] as const) {
      await t.at(second);
      for (let n = 0; n < 100; n++) t.deliver(`${second}-${n}`);
      await t.at(second + 0.1);
      expect(t.asked.candidate).toHaveLength(asked);
    }
    expect(skippedBy(t)).toEqual({ budget: 275 });
  });

  it('lowers the share at the next bucket edge, by the hash alone, and lifts it again after idle time', async () => {
    const t = await start({ settings: { budget } });
    /** Four times the budget, evenly. */
    const stretch = async (from: number): Promise<{ asked: readonly string[]; ids: readonly string[] }> => {
      const before = t.asked.candidate?.length ?? 0;
      const ids: string[] = [];
      for (let n = 0; n < 400; n++) {
        await t.at(from + n / 40);
        ids.push(`${from}-${n}`);
        t.deliver(`${from}-${n}`);
      }
      await t.at(from + 9.999);
      return { asked: t.asked.candidate?.slice(before) ?? [], ids };
    };
    const placeOf = (id: string): number => hashFraction(keyOf('1:share'), id);
    // Before the first edge whoever comes first is asked: ten a second, and the ten that were there at the start.
    const first = await stretch(0);
    expect(first.asked).toHaveLength(109);
    expect(first.asked.filter((id) => placeOf(id) >= 100 / 400).length).toBeGreaterThan(60);
    const second = await stretch(10);
    const lowered = second.ids.filter((id) => placeOf(id) < 100 / 400);
    expect(lowered).toEqual(expect.arrayContaining([...second.asked]));
    expect(second.asked.length).toBeGreaterThan(0.8 * lowered.length);
    expect((await stretch(60)).asked.filter((id) => placeOf(id) >= 100 / 400).length).toBeGreaterThan(60);
  });

  it('is not refilled by a restart: what was sent before it is paid for', async () => {
    const t = await start({ settings: { budget } });
    await t.at(5);
    for (let n = 0; n < 40; n++) t.deliver(`before-${n}`);
    await t.at(5.1);
    expect(t.asked.candidate).toHaveLength(10);
    const again = await t.crash();
    running.splice(running.indexOf(t), 1, again);
    for (let n = 0; n < 40; n++) again.deliver(`after-${n}`);
    await again.at(5.6);
    expect(again.asked.candidate).toHaveLength(10);
    for (let n = 0; n < 40; n++) again.deliver(`later-${n}`);
    await again.at(5.7);
    // The half second that has passed, and not one request more.
    expect(again.asked.candidate).toHaveLength(15);
  });

  it('of a whole run is not refilled either', async () => {
    const total = '{requests: 10000 per second, inFlight: 10000, total: 6}';
    let t = await start({ settings: { budget: total } });
    for (let restart = 0; restart < 4; restart++) {
      await t.at(restart + 0.5);
      for (let n = 0; n < 3; n++) t.deliver(`${restart}-${n}`);
      await t.at(restart + 0.9);
      const again = await t.crash();
      running.splice(running.indexOf(t), 1, again);
      t = again;
    }
    await t.at(30);
    expect(t.asked.candidate).toHaveLength(6);
  });

  it('ends with the total', async () => {
    const t = await start({ settings: { budget: '{requests: 10000 per second, inFlight: 10000, total: 3}' } });
    for (let n = 0; n < 5; n++) t.deliver(`${n}`);
    await t.at(13);
    expect(t.asked.candidate).toHaveLength(3);
    expect(t.run()).toMatchObject({ state: 'COMPLETED', endReason: 'max_pairs', conservation: { compared: 3 } });
  });
});

describe('an arm with a backlog', () => {
  it('times out as refused, which counts against it, and keeps no other arm waiting', async () => {
    const t = await start({
      arms: { control: '', candidate: '' },
      expect: { candidate: 'timeout: at most 1%', 'control.late': 'flip: at most 1%' },
      settings: { budget: '{requests: 10000 per second, inFlight: 2}' },
      answers: { candidate: () => ({ score: 0.9, afterMs: 500 }) },
    });
    for (let n = 0; n < 6; n++) {
      await t.at(n * 0.05);
      t.deliver(`${n}`);
    }
    await t.at(13);
    const [control, candidate] = t.run().arms;
    expect(control).toMatchObject({ statuses: { ok: 6 }, conservation: { compared: 6, skipped: {} } });
    expect(candidate?.conservation).toMatchObject({ compared: 6, skipped: {}, dropped: {} });
    expect(candidate?.statuses).toEqual({ ok: 2, timeout: 4 });
    const reasons = t.app.comparator.samples(t.run().id, 'candidate').map(({ what }) => what);
    expect(reasons).toEqual(Array.from({ length: 4 }, () => 'timeout (refused)'));
  });
});
