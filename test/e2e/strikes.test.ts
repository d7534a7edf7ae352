// Requests to an arm whose process is struck: each is remembered as it was when it was sent, until its bucket closes and it is counted.
import { afterEach, describe, expect, it } from 'vitest';
import { createComparatorForTest, type TestComparator } from '../support/comparator.ts';

const running: TestComparator[] = [];

afterEach(async () => {
  for (const comparator of running.splice(0)) await comparator.stop();
});

/** The pod is paused in the tenth second of every minute; `true` is a program that does nothing. */
async function start(): Promise<TestComparator> {
  const comparator = await createComparatorForTest({
    arms: {
      control: '',
      slow: 'faults: [{pause: 2s, every: 60s, after: 10s}], hooks: {pause: ["true"], resume: ["true"]}',
    },
    expect: { 'slow.late': 'silentWrong: at most 1%' },
    settings: { stopWhen: '[production.p99 above 1s]' },
    answers: { slow: (id) => (id.startsWith('hit') ? 'never' : { score: 0.9 }) },
  });
  running.push(comparator);
  return comparator;
}

const strikesOf = (t: TestComparator) => t.run().arms.find(({ name }) => name === 'slow')?.strikes;

describe('an arm whose process is struck', () => {
  it('counts whom a strike hit, answered or not, and nobody else', async () => {
    const t = await start();
    t.deliver('before');
    await t.at(11);
    for (let index = 0; index < 3; index++) t.deliver(`hit-${index}`);
    t.deliver('right');
    await t.at(59);
    expect(strikesOf(t)).toMatchObject({ count: 1, hit: 4, lost: 3, wrong: 0 });
  });
});
