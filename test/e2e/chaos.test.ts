// The chaos suite on live traffic: two versions under two faults of one feature, cell by cell through a whole comparator, and every way
// in which it can end before its time.
import { describe, expect, it } from 'vitest';
import type { ChaosView } from '../../src/api/comparator.ts';
import { suiteHash } from '../../src/config/hashes.ts';
import { configForTest, type TestComparator, type TestComparatorOptions } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';
import type { Script } from '../support/scripted-target.ts';

const suite = {
  versions: '{v1: {url: "http://127.0.0.1:8"}, v2: {url: "http://127.0.0.1:9"}}',
  traffic: '{live: {maxTime: 1m}, requests: 100}',
  faults: '{zeroed: {perturb: [{zero: each}]}, moved: {perturb: [{shift: each, by: 5}]}}',
  expect: '{all: {flip: at most 20%, silentWrong: at most 20%}}',
  stopWhen: '[production.p99 above 250ms]',
  deadline: '2s',
  warmUp: '5',
};

function chaosOf(changes: Partial<typeof suite> & Record<string, string> = {}): string {
  const lines = Object.entries({ ...suite, ...changes }).map(([key, value]) => `${key}: ${value}`);
  return `{${lines.join(', ')}}`;
}

let t: TestComparator;
/** v2 says the opposite of production; zeros make every tenth answer of v1 another one, and none of v2's. */
function answer(arm: string, id: string): Script {
  const isFirst = t.app.comparator.chaos(null).running?.experiment.includes('v1') ?? false;
  const own = isFirst ? 0.9 : 0.1;
  return { score: isFirst && arm === 'zeroed' && id.endsWith('0') ? 1 - own : own };
}

const trial: TestComparatorOptions = {
  arms: { control: '' },
  expect: { 'control.late': 'flip: at most 5%' },
  settings: { start: 'on request' },
  top: { bucket: '1s', chaos: chaosOf() },
  answers: {
    control: (id) => answer('control', id),
    zeroed: (id) => answer('zeroed', id),
    moved: (id) => answer('moved', id),
  },
};
const comparators = useComparators(trial);

async function start(top: Record<string, string> = {}): Promise<void> {
  t = await comparators.start({ top: { ...trial.top, ...top } });
}

let sent = 0;
/** Ten requests a second until the suite has ended, or as long as told. */
async function go(from: number, { seconds = 300, latencyMs = 20 }: { seconds?: number; latencyMs?: number } = {}) {
  for (let second = from; second < from + seconds; second++) {
    await t.at(second);
    expect(t.app.comparator.health().activeRuns).toBeLessThanOrEqual(1);
    if (t.app.comparator.chaos(null).state !== 'RUNNING') break;
    for (let index = 0; index < 10; index++) t.deliver({ id: `r${sent++}`, latencyMs });
  }
  return t.app.comparator.chaos(null);
}

function rates({ card }: ChaosView, metric: string) {
  const cells = card?.cells.filter((cell) => cell.metric === metric) ?? [];
  return cells.map(({ version, fault, n, estimate, verdict }) => [version, fault, n, estimate, verdict]);
}

describe('a suite on live traffic', () => {
  it('runs cell after cell and compares each version with its own answers to the same request', async () => {
    await start();
    const { id, cells } = await t.app.comparator.startChaos({});
    expect(cells).toEqual({ done: 0, of: 4 });
    const ended = await go(1);
    expect(ended).toMatchObject({ id, state: 'COMPLETED', endReason: null, cells: { done: 4, of: 4 }, running: null });
    expect(rates(ended, 'flip')).toEqual([
      ['v1', 'zeroed', 100, 0.1, 'UNDECIDED'],
      ['v1', 'moved', 100, 0, 'HOLDS'],
      ['v2', 'zeroed', 100, 0, 'HOLDS'],
      ['v2', 'moved', 100, 0, 'HOLDS'],
    ]);
    expect(ended.card?.treatments.map(({ asked, acted }) => [asked, acted])).toEqual(Array(4).fill([100, 100]));
    expect(ended.card?.traffic).toEqual({ file: 'live traffic', requests: 105, warmUp: 5 });
    expect(ended.card?.versions.map(({ name, role, answered }) => [name, role, answered])).toEqual([
      ['v1', 'production', 200],
      ['v2', 'candidate', 200],
    ]);
    const runs = t.app.comparator.runs();
    // The versions take turns.
    expect(runs.map(({ experiment, state, endReason }) => [experiment, state, endReason])).toEqual([
      ['chaos v1: zeroed speed', 'COMPLETED', 'max_pairs'],
      ['chaos v2: zeroed speed', 'COMPLETED', 'max_pairs'],
      ['chaos v1: moved speed', 'COMPLETED', 'max_pairs'],
      ['chaos v2: moved speed', 'COMPLETED', 'max_pairs'],
    ]);
  });

  it('asks of every cell its own two arms and nobody else', async () => {
    await start();
    await t.app.comparator.startChaos({});
    await go(1);
    expect(t.app.comparator.runs().map(({ arms }) => arms.map(({ name }) => name))).toEqual([
      ['control', 'zeroed'],
      ['control', 'zeroed'],
      ['control', 'moved'],
      ['control', 'moved'],
    ]);
  });

  it('ends as a whole when a stop condition is met, and knows nothing of what it did not reach', async () => {
    await start();
    await t.app.comparator.startChaos({});
    await go(1, { seconds: 20 });
    const ended = await go(21, { latencyMs: 400 });
    expect(ended).toMatchObject({ state: 'ABORTED', endReason: 'stop condition met: production.p99 above 250ms' });
    const reached = t.app.comparator.runs().length;
    expect(reached).toBeLessThan(4);
    expect(t.app.comparator.runs().at(-1)).toMatchObject({ state: 'ABORTED' });
    const unseen = ended.card?.treatments.filter(({ asked }) => asked === 0) ?? [];
    expect(unseen).toHaveLength(4 - reached);
    const { cells = [], notes = [] } = ended.card ?? {};
    expect(cells.filter(({ version, fault }) => version === 'v2' && fault === 'moved')).toEqual([
      expect.objectContaining({ n: 0, estimate: null, interval: [0, 1], verdict: 'UNDECIDED' }),
      expect.objectContaining({ n: 0, estimate: null, interval: [0, 1], verdict: 'UNDECIDED' }),
    ]);
    expect(notes).toContain('left out: v2: 1 not run: stop condition met: production.p99 above 250ms');
  });

  it('ends with the kill switch, and starts again only when that is released', async () => {
    await start();
    await t.app.comparator.startChaos({});
    await go(1, { seconds: 3 });
    t.app.comparator.kill('no more');
    const asked = t.asked.control?.length;
    expect(await go(4)).toMatchObject({
      state: 'ABORTED',
      endReason: 'kill switch: no more',
      cells: { done: 1, of: 4 },
    });
    await expect(t.app.comparator.startChaos({})).rejects.toMatchObject({ code: 'KILLED' });
    expect(t.asked.control).toHaveLength(asked as number);
    t.app.comparator.releaseKill('all is well');
    expect(await t.app.comparator.startChaos({})).toMatchObject({ state: 'RUNNING' });
  });

  it('is stopped by a person, one at a time, and only when it is the suite that was meant', async () => {
    await start();
    const { chaos } = configForTest({ ...trial, top: { ...trial.top, chaos: chaosOf({ warmUp: '6' }) } }, '/db');
    const other = chaos === undefined ? '' : suiteHash(chaos);
    await expect(t.app.comparator.startChaos({ suite: other })).rejects.toThrow(/another suite/);
    const { id } = await t.app.comparator.startChaos({});
    await expect(t.app.comparator.startChaos({})).rejects.toThrow(/is running/);
    expect(() => t.app.comparator.stopChaos('somebody', 'why')).toThrow(/no chaos suite "somebody" is running/);
    await go(1, { seconds: 3 });
    expect(t.app.comparator.stopChaos(id, 'too early')).toMatchObject({ state: 'ABORTED', endReason: 'too early' });
    expect(t.run()).toMatchObject({ state: 'STOPPED' });
  });

  it('starts by its schedule, and leaves out what has not begun when its time is over', async () => {
    // The timeline begins at 23:00 UTC.
    await start({ chaos: chaosOf({ schedule: '{at: "1 0 * * *", zone: Europe/Berlin}', maxTime: '10s' }) });
    await t.at(59);
    expect(() => t.app.comparator.chaos(null)).toThrow(/no chaos suite yet/);
    await t.at(61);
    const ended = await go(62);
    expect(ended).toMatchObject({ startedBy: 'schedule', state: 'COMPLETED', endReason: 'maxTime (10s) was over' });
    expect(ended.cells.done).toBeLessThan(4);
  });
});

describe('a version whose untouched control fails', () => {
  it('is left out from there on, and the other goes on', async () => {
    const fails = (id: string): Script =>
      t.app.comparator.chaos(null).running?.experiment.includes('v2') ? { fails: 'error' } : answer('control', id);
    t = await comparators.start({ answers: { ...trial.answers, control: fails } });
    await t.app.comparator.startChaos({});
    const ended = await go(1);
    expect(ended).toMatchObject({ state: 'COMPLETED', cells: { done: 4, of: 4 } });
    expect(t.app.comparator.runs()).toHaveLength(3);
    expect(ended.card?.notes).toContain(
      'left out: v2: 1 not run: the untouched version failed on more than 5 % of the requests before',
    );
    // Without an answer of its own there is nothing that the fault could be blamed for.
    expect(rates(ended, 'flip')[2]).toEqual(['v2', 'zeroed', 0, null, 'UNDECIDED']);
  });
});
