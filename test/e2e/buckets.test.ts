// Timelines of event time: what counts, in which bucket, and when. Buckets last 10 s and close 3 s later; arms have 2 s.
import { describe, expect, it } from 'vitest';
import { readEvidence } from '../../src/core/judge/judge-stream.ts';
import type { Hypothesis } from '../../src/model.ts';
import type { TestComparator } from '../support/comparator.ts';
import { roundMs } from '../support/fake-clock.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = { arms: { candidate: '' }, expect: { 'candidate.late': 'flip: at most 50%' } };
const { start } = useComparators(trial);
const flip = 'candidate.late.flip';

const streamOf = (t: TestComparator) =>
  t.store.streams(t.run().id).find(({ hypothesis }) => hypothesis === 'candidate.late.flip');

describe('a bucket', () => {
  it('is judged once it is closed, and not a moment earlier, however many answers are in', async () => {
    const t = await start();
    for (let n = 0; n < 20; n++) t.deliver(`a${n}`);
    await t.at(12.9);
    // The test of the test: counting on arrival would have decided long ago.
    const naive = readEvidence([t.asked.candidate?.length ?? 0, 0], definition(t));
    expect(naive.evidence.logEDown).toBeGreaterThan(Math.log(100));
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'UNDECIDED', n: 0 });
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'HOLDS', n: 20, decidedAt: 20 });
  });

  it('closes without any further traffic', async () => {
    const t = await start();
    t.deliver('lonely');
    await t.at(13);
    expect(t.run().conservation).toMatchObject({ received: 1, compared: 1, inFlight: 0 });
  });

  it('holds the pairs whose requests arrived in it, however late the answers come', async () => {
    const t = await start({ answers: { candidate: () => ({ score: 0.9, afterMs: 1900 }) } });
    await t.at(9.9);
    t.deliver('slow');
    await t.at(13);
    expect(streamOf(t)).toMatchObject({ counts: [1, 0], lastBucketAt: roundMs });
  });

  it('takes an exchange that is delivered late while it is open', async () => {
    const t = await start();
    await t.at(10.9);
    t.deliver({ id: 'delayed on its way', at: 3 });
    await t.at(13);
    expect(streamOf(t)).toMatchObject({ counts: [1, 0], lastBucketAt: roundMs });
  });

  it('never opens again', async () => {
    const t = await start();
    t.deliver('punctual');
    await t.at(13);
    const late = t.deliver({ id: 'too late', at: 5, score: 0.1 });
    await t.at(40);
    expect(Object.values(late.fates())).toEqual(['dropped: late']);
    expect(t.asked.candidate).toEqual(['punctual']);
    expect(t.hypothesis(flip)).toMatchObject({ n: 1, estimate: 0 });
    expect(t.run().arms[0]?.conservation.dropped).toEqual({ late: 1 });
  });

  it('asks no arm whose deadline no longer fits in: a timeout would be our own doing', async () => {
    const t = await start();
    await t.at(11.5);
    t.deliver({ id: 'hopeless', at: 9 });
    await t.at(13);
    expect(t.asked.candidate).toEqual([]);
    expect(t.run().arms[0]).toMatchObject({ statuses: {}, conservation: { compared: 0, dropped: { late: 1 } } });
  });

  it('of the near future waits for its own time; one of the far future is refused', async () => {
    const t = await start();
    const near = t.deliver({ id: 'skewed clock', at: 29 });
    const far = t.deliver({ id: 'nonsense', at: 31 });
    expect(near.problem).toBeNull();
    expect(far.problem?.code).toBe('EXCHANGE_TIME_INVALID');
    expect(t.app.comparator.health().ignored).toEqual({ from_the_future: 1 });
    await t.at(30);
    expect(t.run().conservation).toMatchObject({ received: 1, inFlight: 1 });
    await t.at(33);
    expect(t.run().conservation).toMatchObject({ received: 1, compared: 1 });
  });

  it('that closed while the process was paused counts nobody who was never asked, and nobody twice', async () => {
    const t = await start();
    await t.at(0.19);
    t.deliver('a');
    t.deliver('a');
    // Now the tick is due before the journal is written.
    t.clock.pauseUntil(roundMs + 20_000);
    await t.at(21);
    expect(t.asked.candidate).toEqual([]);
    expect(t.run().arms[0]?.conservation).toEqual({
      received: 2,
      compared: 0,
      skipped: {},
      dropped: { late: 2 },
      inFlight: 0,
    });
  });

  it('stores whole milliseconds when a client sends fractions', async () => {
    const t = await start();
    t.deliver({ id: 'exact', at: 1.0004567 });
    await t.at(13);
    expect(t.store.labelsOf('exact')[0]?.at).toBe(roundMs + 1000);
  });
});

describe('an unanswered request', () => {
  it('is a timeout when its bucket closes, and an answer after that changes nothing', async () => {
    const answers = { candidate: () => ({ score: 0.1, afterMs: 2050, breaksDeadline: true }) as const };
    const t = await start({ answers });
    await t.at(10.95);
    t.deliver({ id: 'hangs', at: 9 });
    await t.at(13);
    const closed = { statuses: { timeout: 1 }, conservation: { compared: 1, inFlight: 0 } };
    expect(t.run().arms[0]).toMatchObject(closed);
    await t.at(14);
    expect(t.run().arms[0]).toMatchObject(closed);
    expect(t.hypothesis(flip).n).toBe(0);
  });

  it('costs its arm no place in flight for ever', async () => {
    const budget = '{requests: 10000 per second, inFlight: 2}';
    const t = await start({ answers: { candidate: () => 'never' }, settings: { budget } });
    for (let second = 0; second < 9; second += 3) {
      await t.at(second);
      t.deliver(`a${second}`);
      t.deliver(`b${second}`);
    }
    await t.at(13);
    expect(t.asked.candidate).toHaveLength(6);
    expect(t.run().arms[0]?.statuses).toEqual({ timeout: 6 });
  });

  it('counts at once where counting on arrival would prove a false HOLDS (5 % hang, 100 requests a second)', async () => {
    const hangs = (id: string): boolean => Number(id) % 20 === 7;
    const t = await start({
      expect: { candidate: 'timeout: at most 1%, required: false' },
      top: { bucket: '1s' },
      answers: { candidate: (id) => (hangs(id) ? 'never' : { score: 0.9 }) },
    });
    let naiveHolds = false;
    for (let n = 0; n < 900; n++) {
      if (n % 10 === 0) await t.at(n / 100);
      t.deliver(`${n}`);
      const answered = (t.asked.candidate ?? []).filter((id) => !hangs(id)).length;
      if (n % 100 === 99 && n < 800) {
        const { evidence } = readEvidence([answered, 0], definition(t));
        naiveHolds ||= evidence.logEDown > Math.log(100);
      }
      if (n % 100 === 99) expect(t.hypothesis('candidate.timeout').verdict).not.toBe('HOLDS');
    }
    expect(naiveHolds).toBe(true);
    await t.at(13);
    expect(t.hypothesis('candidate.timeout')).toMatchObject({ verdict: 'VIOLATED' });
    expect(t.hypothesis('candidate.timeout').estimate).toBeCloseTo(0.05, 2);
  });
});

function definition(t: TestComparator): Hypothesis {
  const hypothesis = t.store.runs().at(-1)?.run.definition.hypotheses[0];
  if (hypothesis === undefined) throw new Error('the run has no hypothesis');
  return hypothesis;
}
