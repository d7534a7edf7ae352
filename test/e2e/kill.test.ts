// The kill switch: after it, not one request leaves; it survives a crash, a broken store and a release that starts nothing by itself.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createComparatorForTest,
  databaseName,
  type TestComparator,
  type TestComparatorOptions,
} from '../support/comparator.ts';

const trial = {
  arms: { control: '', candidate: 'faults: [{delay: 1500ms}]' },
  expect: { 'control.late': 'flip: at most 5%, required: false' },
  settings: { stopWhen: '[production.p99 above 1s]' },
};
const running: TestComparator[] = [];

async function start(options: Partial<TestComparatorOptions> = {}): Promise<TestComparator> {
  const comparator = await createComparatorForTest({ ...trial, ...options });
  running.push(comparator);
  return comparator;
}

const switchFile = (t: TestComparator): string => join(t.directory, `${databaseName}.killed`);
const askedOf = (t: TestComparator): number => Object.values(t.asked).reduce((sum, ids) => sum + ids.length, 0);

afterEach(async () => {
  for (const comparator of running.splice(0)) await comparator.stop();
});

describe('engaging', () => {
  it('ends every run and lets nothing out any more, not even what was already held back', async () => {
    const t = await start();
    for (let index = 0; index < 5; index++) t.deliver(`a${index}`);
    await t.at(0.5);
    expect(t.asked).toMatchObject({ control: { length: 5 }, candidate: { length: 0 } });
    t.app.comparator.kill('load on the shared database');
    for (let index = 0; index < 5; index++) t.deliver(`b${index}`);
    await t.at(30);
    expect(askedOf(t)).toBe(5);
    expect(t.run()).toMatchObject({ state: 'ABORTED', endReason: 'kill switch: load on the shared database' });
    expect(t.run().conservation).toMatchObject({ received: 10, skipped: { run_ended: 10 }, inFlight: 0 });
    expect(t.errors).toEqual([]);
  });

  it('cuts the calls that are in flight', async () => {
    const signals: AbortSignal[] = [];
    const t = await start({ onCall: ({ signal }) => signals.push(signal), answers: { control: () => 'never' } });
    t.deliver('a');
    await t.at(0.1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    t.app.comparator.kill('now');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('is in force although the store fails, and the end is stored when it works again', async () => {
    let isBroken = false;
    const t = await start({
      wrapStore: (store) => ({
        ...store,
        commit: (closing, options) => {
          if (isBroken) throw new Error('database is locked');
          store.commit(closing, options);
        },
      }),
    });
    t.deliver('a');
    await t.at(0.5);
    isBroken = true;
    t.app.comparator.kill('now');
    t.deliver('b');
    await t.at(5);
    expect(askedOf(t)).toBe(1);
    isBroken = false;
    await t.at(6);
    expect(t.store.runs()[0]?.run.state).toBe('ABORTED');
  });

  it('keeps the first reason, refuses to start runs, and answers every gate with ABORTED', async () => {
    const t = await start({
      expect: { 'candidate.late': 'flip: at most 5%' },
      arms: { control: '', candidate: '' },
      settings: { gate: '{minPairs: 10}' },
    });
    const { id } = await t.app.comparator.startRun({ experiment: 'trial' });
    t.app.comparator.kill('first');
    expect(t.app.comparator.kill('second').reason).toBe('first');
    await expect(t.app.comparator.startRun({ experiment: 'trial' })).rejects.toMatchObject({ code: 'KILLED' });
    const gate = t.app.comparator.gate({ run: id, experiment: null, nonce: null });
    expect(gate).toMatchObject({ verdict: 'ABORTED', exitCode: 15, reasonCode: 'killed' });
  });

  it('survives a crash: nothing is resumed, nothing is asked', async () => {
    const t = await start();
    t.deliver('a');
    await t.at(0.5);
    t.app.comparator.kill('now');
    const before = askedOf(t);
    const next = await t.crash({ keepsSwitch: true });
    running.splice(0, 1, next);
    next.deliver('b');
    await next.clock.advanceTo(next.clock.nowMs() + 5000);
    expect(askedOf(next)).toBe(before);
    expect(next.app.comparator.killed()).toMatchObject({ reason: 'now', by: 'api' });
    expect(next.run().state).toBe('ABORTED');
  });
});

describe('the file', () => {
  it('engages when somebody makes it, whatever it holds, and releases when it is removed', async () => {
    const t = await start();
    writeFileSync(switchFile(t), 'stop!');
    await t.at(0.5);
    expect(t.app.comparator.killed()).toMatchObject({ by: 'file' });
    expect(t.run().state).toBe('ABORTED');
    rmSync(switchFile(t));
    await t.at(1);
    expect(t.app.comparator.killed()).toBe(null);
  });
});

describe('releasing', () => {
  it('removes the file, lets runs start again, and revives none', async () => {
    const t = await start();
    t.app.comparator.kill('now');
    expect(existsSync(switchFile(t))).toBe(true);
    t.app.comparator.releaseKill('checked');
    expect(existsSync(switchFile(t))).toBe(false);
    t.deliver('a');
    await t.at(5);
    expect(askedOf(t)).toBe(0);
    await t.app.comparator.startRun({ experiment: 'trial' });
    await t.at(6);
    t.deliver('b');
    await t.at(10);
    expect(t.asked).toMatchObject({ control: ['b'], candidate: ['b'] });
  });
});

describe('sources', () => {
  it('are paused while it is engaged, also at the start', async () => {
    const told: string[] = [];
    const source = {
      name: 'tap',
      start: async () => {},
      stop: async () => {},
      losses: () => ({}),
      pause: () => void told.push('pause'),
      resume: () => void told.push('resume'),
    };
    const t = await start({ sources: [source] });
    t.app.comparator.kill('now');
    t.app.comparator.releaseKill('checked');
    expect(told).toEqual(['pause', 'resume']);
  });
});
