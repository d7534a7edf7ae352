// True outcomes: each counts once, in the bucket in which it arrives, about the pair it belongs to.
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors.ts';
import type { TestComparator } from '../support/comparator.ts';
import { parseSamples } from '../support/exposition.ts';
import { roundMs } from '../support/fake-clock.ts';
import { useComparators } from '../support/running-comparators.ts';

/** Production says late (0.9), the candidate does not: it is wrong whenever the truth is "late". */
const trial = {
  arms: { candidate: '' },
  expect: { 'candidate.late': 'worse: at most 50%' },
  answers: { candidate: () => ({ score: 0.1 }) as const },
  settings: { maxTime: '10m' },
};
const { running, start } = useComparators(trial);
const worse = 'candidate.late.worse';

const tell = (t: TestComparator, id: string, value: unknown = true) => {
  const [told] = t.app.comparator.recordOutcomes([{ id, decision: null, value }]);
  if (told instanceof Error) throw told;
  return told?.status;
};

function refusal(act: () => unknown): ErrorCode | null {
  try {
    act();
    return null;
  } catch (thrown) {
    return (thrown as { code: ErrorCode }).code;
  }
}

describe('a true outcome', () => {
  it('counts in the bucket in which it arrives, once', async () => {
    const t = await start();
    t.deliver('a');
    t.deliver('b');
    await t.at(15);
    expect(tell(t, 'a')).toBe('counted');
    expect(tell(t, 'a')).toBe('duplicate');
    expect(tell(t, 'b', false)).toBe('counted');
    await t.at(22.9);
    expect(t.hypothesis(worse).n).toBe(0);
    await t.at(23);
    expect(t.hypothesis(worse)).toMatchObject({ n: 2, estimate: 0 });
    const stream = t.store.streams(t.run().id).find(({ hypothesis }) => hypothesis === worse);
    expect(stream).toMatchObject({ lastBucketAt: roundMs + 10_000 });
    await t.at(60);
    expect(t.hypothesis(worse).n).toBe(2);
  });

  it('about a pair in flight waits for that pair', async () => {
    const t = await start();
    await t.at(9);
    t.deliver('a');
    await t.at(9.5);
    expect(tell(t, 'a')).toBe('pending');
    expect(tell(t, 'a')).toBe('duplicate');
    expect(refusal(() => tell(t, 'a', false))).toBe('OUTCOME_CONFLICT');
    await t.at(12.9);
    expect(t.hypothesis(worse).n).toBe(0);
    await t.at(13);
    expect(t.hypothesis(worse)).toMatchObject({ n: 1, estimate: 1 });
  });

  it('told while its pair’s own bucket is still to come is kept for it', async () => {
    const t = await start();
    t.deliver({ id: 'from a clock ahead', at: 25 });
    await t.at(5);
    expect(tell(t, 'from a clock ahead')).toBe('pending');
    await t.at(32.9);
    expect(t.hypothesis(worse).n).toBe(0);
    await t.at(33);
    expect(t.hypothesis(worse).n).toBe(1);
  });

  it('without a pair is refused and counted, also when its run ended before the pair was', async () => {
    const t = await start();
    expect(refusal(() => tell(t, 'nobody'))).toBe('OUTCOME_UNMATCHED');
    t.deliver('cut off');
    await t.at(1);
    t.app.comparator.stopRun(t.run().id, 'enough');
    expect(refusal(() => tell(t, 'cut off'))).toBe('OUTCOME_UNMATCHED');
    expect(parseSamples((await t.app.comparator.metrics()).text).get('penumbra_outcomes_unmatched')).toBe(2);
  });

  it('with another value than before is a conflict', async () => {
    const t = await start();
    t.deliver('a');
    await t.at(15);
    tell(t, 'a', true);
    expect(refusal(() => tell(t, 'a', false))).toBe('OUTCOME_CONFLICT');
    await t.at(23);
    expect(t.hypothesis(worse)).toMatchObject({ n: 1, estimate: 1 });
  });

  it('about a version that has been replaced does not bring its stream back', async () => {
    let version = 'c1';
    const t = await start({ answers: { candidate: () => ({ score: 0.1, version }) } });
    for (const id of ['old 1', 'old 2']) t.deliver(id);
    await t.at(15);
    tell(t, 'old 1');
    await t.at(25);
    expect(t.hypothesis(worse)).toMatchObject({ armVersion: 'c1', n: 1 });
    version = 'c2';
    t.deliver('new');
    await t.at(33);
    tell(t, 'new');
    tell(t, 'old 2');
    await t.at(43);
    expect(t.hypothesis(worse)).toMatchObject({ armVersion: 'c2', n: 1, generation: 2 });
    await t.at(60);
    expect(t.hypothesis(worse)).toMatchObject({ armVersion: 'c2', n: 1, generation: 2 });
  });
});

describe('after a crash', () => {
  it('an outcome that was not counted yet is counted, and one that was is not counted again', async () => {
    const t = await start();
    for (const id of ['a', 'b', 'c']) t.deliver(id);
    await t.at(15);
    tell(t, 'a');
    await t.at(23);
    expect(t.hypothesis(worse).n).toBe(1);
    tell(t, 'b');
    const again = await t.crash();
    running.splice(0, 1, again);
    expect(tell(again, 'a')).toBe('duplicate');
    expect(tell(again, 'b')).toBe('duplicate');
    tell(again, 'c');
    await again.at(60);
    expect(again.hypothesis(worse).n).toBe(3);
  });

  it('one about a pair that the crash took is refused', async () => {
    const t = await start();
    t.deliver('lost');
    await t.at(1);
    const again = await t.crash();
    running.splice(0, 1, again);
    expect(refusal(() => tell(again, 'lost'))).toBe('OUTCOME_UNMATCHED');
  });

  it('one told just before its pair was counted is not lost, whichever of the two the crash follows', async () => {
    for (const crashAt of [12.9, 13, 15]) {
      const t = await start();
      t.deliver('a');
      await t.at(2);
      expect(tell(t, 'a')).toBe('pending');
      await t.at(crashAt);
      const again = await t.crash();
      running.splice(0, 1, again);
      await again.at(40);
      expect(again.hypothesis(worse).n).toBe(crashAt < 13 ? 0 : 1);
      expect(again.run().arms[0]?.conservation.dropped).toEqual(crashAt < 13 ? { restart: 1 } : {});
    }
  });
});

describe('a gate', () => {
  it('is not kept fresh by true outcomes that trickle in without new pairs', async () => {
    const gate = '{minPairs: 5, staleAfter: 30s}';
    const t = await start({
      expect: { 'candidate.late': 'flip: at most 99%' },
      answers: {},
      settings: { gate, start: 'with serve', maxTime: '10m', warmUp: '0' },
    });
    const ask = () => t.app.comparator.gate({ run: t.run().id, experiment: null, nonce: null });
    for (let n = 0; n < 3; n++) t.deliver(`a${n}`);
    await t.at(13);
    expect(ask().dataAgeMs).toBe(3000);
    await t.at(35);
    expect(tell(t, 'a0')).toBe('counted');
    await t.at(53);
    // The outcome's own bucket closed a moment ago; the newest pair is as old as it is.
    expect(t.hypothesis(worse).n).toBe(1);
    expect(ask().dataAgeMs).toBe(43_000);
    expect(ask().reasons.join()).toMatch(/newest pair is 43 s old/);
  });
});
