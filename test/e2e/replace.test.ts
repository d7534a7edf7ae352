// A run replaced by one about another candidate: the old one ends with its reason and its verdicts, and only when the new one stands.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%' },
  settings: { candidates: '["http://127.0.0.1:*", "/tmp/*/*.onnx"]', gate: '{minPairs: 100}', start: 'with serve' },
};
const { running, start } = useComparators(trial);
const next = { experiment: 'trial', candidate: 'http://127.0.0.1:77', replace: true };
const flip = 'candidate.late.flip';

async function deliver(t: TestComparator, count: number, second: number): Promise<void> {
  for (let n = 0; n < count; n++) t.deliver(`${second}-${n}`);
  await t.at(second);
}

describe('run start with replace', () => {
  it('stops the active run, whose verdicts stay, and starts one that alone gets the traffic from there on', async () => {
    const t = await start();
    const { comparator } = t.app;
    const old = t.run().id;
    await deliver(t, 30, 13);
    const { id } = await comparator.startRun(next);
    expect(comparator.run(old)).toMatchObject({ state: 'STOPPED', endReason: `replaced by run ${id}` });
    expect(comparator.run(old).arms[1]?.hypotheses.find((one) => one.id === flip)).toMatchObject({
      verdict: 'HOLDS',
      n: 30,
    });
    expect(comparator.gate({ run: old, experiment: null, nonce: null }).verdict).toBe('ABORTED');
    await t.at(14);
    await deliver(t, 5, 33);
    expect(t.run()).toMatchObject({ id, candidate: { target: next.candidate } });
    expect([t.hypothesis(flip).n, t.asked.candidate?.length]).toEqual([5, 35]);
    expect(comparator.run(old).conservation.received).toBe(60);
    expect(comparator.health().activeRuns).toBe(1);
  });

  it('just starts one where none is active, and is needed where one is', async () => {
    const t = await start({ settings: { ...trial.settings, start: 'on request' } });
    const { id } = await t.app.comparator.startRun(next);
    expect(t.run()).toMatchObject({ id, endedAt: null });
    const { replace: _, ...plain } = next;
    await expect(t.app.comparator.startRun(plain)).rejects.toThrow(`has the active run ${id}; stop it, wait`);
  });

  it('leaves the run going when the new one cannot start', async () => {
    const t = await start();
    const { comparator } = t.app;
    const { id } = t.run();
    const broken = join(t.directory, 'broken.onnx');
    writeFileSync(broken, 'no model');
    for (const [candidate, code] of [
      ['http://evil.example', 'CANDIDATE_NOT_ALLOWED'],
      [join(t.directory, 'none.onnx'), 'MODEL_NOT_FOUND'],
      [broken, 'MODEL_INVALID'],
    ] as const) {
      await expect(comparator.startRun({ ...next, candidate })).rejects.toMatchObject({ code });
      expect(t.run()).toMatchObject({ id, state: 'RUNNING', endReason: null });
    }
    await deliver(t, 5, 13);
    expect(t.hypothesis(flip).n).toBe(5);
  });

  it('starts one of two that are asked for at once', async () => {
    const t = await start();
    const both = await Promise.allSettled([t.app.comparator.startRun(next), t.app.comparator.startRun(next)]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(t.app.comparator.runs().map(({ state }) => state)).toEqual(['STOPPED', 'WARMING']);
  });

  it('has stopped the old one after a crash too, when that could not be stored any more', async () => {
    const t = await start({
      wrapStore: (store) => ({
        ...store,
        commit: (closing, options) => {
          if (closing.run.endReason?.startsWith('replaced') === true) throw new Error('the disk is full');
          store.commit(closing, options);
        },
      }),
    });
    const old = t.run().id;
    const { id } = await t.app.comparator.startRun(next);
    expect(t.errors.map(({ message }) => message)).toEqual(['the end of the replaced run could not be stored yet']);
    const again = await t.crash({ wrapStore: (store) => store });
    running.splice(0, 1, again);
    expect(again.app.comparator.run(old)).toMatchObject({ state: 'STOPPED', endReason: `replaced by run ${id}` });
    expect(again.app.comparator.health().activeRuns).toBe(1);
    expect(again.run()).toMatchObject({ id, endedAt: null });
  });
});
