// Continuous experiments: epoch after epoch, with detectors that remember: REGRESSED revokes, alerts, blocks, outlives its epoch, clears.
import { afterEach, describe, expect, it } from 'vitest';
import { createComparatorForTest, type TestComparator, type TestComparatorOptions } from '../support/comparator.ts';

/** The candidate flips every so-manieth answer; none while it is 0. */
let flips = 0;
const trial = {
  arms: { control: '', candidate: '{}' },
  expect: { 'candidate.late': 'flip: at most 2%' },
  settings: { epoch: '1m' },
};
const flip = 'candidate.late.flip';
const running: TestComparator[] = [];

async function start(options: Partial<TestComparatorOptions> = {}): Promise<TestComparator> {
  flips = 0;
  let asked = 0;
  const candidate = () => {
    asked += 1;
    return { score: flips > 0 && asked % flips === 0 ? 0.1 : 0.9 };
  };
  const arms = { control: '', candidate: '' };
  const comparator = await createComparatorForTest({
    ...trial,
    arms,
    answers: { candidate },
    ...options,
    top: { bucket: '1s', ...options.top },
  });
  running.push(comparator);
  return comparator;
}

/** 50 requests in every bucket until then. */
async function traffic(t: TestComparator, { from, until }: { from: number; until: number }): Promise<void> {
  for (let second = from; second < until; second += 1) {
    await t.at(second);
    for (let request = 0; request < 50; request++) t.deliver(`${second}-${request}`);
  }
  await t.at(until + 4);
}

const firing = (t: TestComparator) => t.store.dueAlerts(Number.MAX_SAFE_INTEGER);
const changes = (t: TestComparator) =>
  t.app.comparator
    .runs()
    .flatMap(({ id }) => t.app.comparator.verdictChanges(id))
    .filter(({ hypothesis }) => hypothesis === flip)
    .map(({ from, to }) => `${from} ${to}`);

afterEach(async () => {
  for (const comparator of running.splice(0)) {
    expect(comparator.errors).toEqual([]);
    await comparator.stop();
  }
});

describe('a continuous experiment', () => {
  it('goes on in a new run when an epoch is over, and decides nothing early', async () => {
    const t = await start();
    await traffic(t, { from: 0, until: 50 });
    expect(t.hypothesis(flip).verdict).toBe('HOLDS');
    expect(t.run().state).toBe('RUNNING');
    await t.at(70);
    const [first, second] = t.app.comparator.runs();
    expect(first).toMatchObject({ state: 'COMPLETED', endReason: 'epoch' });
    expect(second).toMatchObject({ state: 'RUNNING' });
    expect(t.app.comparator.runs()).toHaveLength(2);
    expect(t.hypothesis(flip).n).toBe(0);
  });

  it('says REGRESSED of an arm that was well, before all its evidence says so, and takes it back when it is well again', async () => {
    const t = await start({ settings: { epoch: '24h' } });
    await traffic(t, { from: 0, until: 120 });
    expect(t.hypothesis(flip).verdict).toBe('HOLDS');
    flips = 8;
    await traffic(t, { from: 120, until: 128 });
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'REGRESSED' });
    // All evidence together still says that the average is within the limit.
    expect(t.hypothesis(flip).logEDown).toBeGreaterThan(t.hypothesis(flip).logEDownNeeded);
    expect(t.hypothesis(flip).sentence).toMatch(/was within .* and is not any more/);
    flips = 0;
    await traffic(t, { from: 130, until: 190 });
    expect(t.hypothesis(flip).verdict).toBe('HOLDS');
    expect(changes(t)).toEqual(['UNDECIDED HOLDS', 'HOLDS REGRESSED', 'REGRESSED HOLDS']);
  });

  it('alerts while it is regressed, and resolves when it clears', async () => {
    const alerts: string[] = [];
    const t = await start({
      settings: { epoch: '24h' },
      top: { alerts: '[{webhook: "http://127.0.0.1:9"}]' },
      wrapStore: (store) => ({
        ...store,
        commit: (closing, options) => {
          alerts.push(...closing.alerts.map(({ status, hypothesis }) => `${status} ${hypothesis}`));
          store.commit(closing, options);
        },
      }),
    });
    await traffic(t, { from: 0, until: 100 });
    flips = 5;
    await traffic(t, { from: 100, until: 106 });
    flips = 0;
    await traffic(t, { from: 106, until: 160 });
    expect(alerts).toEqual([`firing ${flip}`, `resolved ${flip}`]);
    expect(firing(t).length).toBeGreaterThan(0);
  });

  it('stays REGRESSED in the next epoch, over a restart too', async () => {
    const t = await start({ settings: { epoch: '110s' } });
    await traffic(t, { from: 0, until: 90 });
    flips = 8;
    await traffic(t, { from: 90, until: 98 });
    expect(t.hypothesis(flip).verdict).toBe('REGRESSED');
    await t.at(116);
    expect(t.app.comparator.runs()).toHaveLength(2);
    const next = await t.crash();
    running.splice(running.indexOf(t), 1, next);
    flips = 0;
    await traffic(next, { from: 120, until: 121 });
    expect(next.hypothesis(flip)).toMatchObject({ verdict: 'REGRESSED', n: 50 });
    await traffic(next, { from: 125, until: 185 });
    expect(next.hypothesis(flip).verdict).toBe('HOLDS');
  });

  it('starts the next epoch also when penumbra was down at the end of the last', async () => {
    const t = await start();
    await traffic(t, { from: 0, until: 10 });
    const next = await t.crash({ downMs: 120_000 });
    running.splice(running.indexOf(t), 1, next);
    await next.clock.advanceTo(next.clock.nowMs() + 1000);
    expect(next.app.comparator.runs().map(({ state }) => state)).toEqual(['COMPLETED', 'RUNNING']);
  });
});

describe('DIFFERENT', () => {
  it('finds what no limit was written for, as an advisory that alarms nobody', async () => {
    const t = await start({
      expect: { 'candidate.late': 'flip: at most 90%, required: false' },
      settings: {},
      answers: { control: () => ({ score: 0.9 }), candidate: () => ({ score: 0.899 }) },
    });
    await traffic(t, { from: 0, until: 2 });
    const found = t.hypothesis('candidate.late.different');
    expect(found).toMatchObject({ verdict: 'DIFFERENT', required: false, automatic: true });
    expect(found.sentence).toMatch(/farther from production/);
    expect(firing(t)).toEqual([]);
  });

  it('is not said of an arm that is as noisy as its control', async () => {
    let sent = 0;
    const noisy = () => {
      sent += 1;
      return { score: 0.9 - (sent % 7) / 100 };
    };
    const t = await start({
      expect: { 'candidate.late': 'flip: at most 90%, required: false' },
      settings: {},
      answers: { control: noisy, candidate: noisy },
    });
    await traffic(t, { from: 0, until: 10 });
    expect(t.hypothesis('candidate.late.different')).toMatchObject({ verdict: 'UNDECIDED', n: 500 });
  });
});
