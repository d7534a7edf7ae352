// defaultMatch without a value: the arm says itself, in the warm-up, what it answers to the input of defaults alone.
import { describe, expect, it } from 'vitest';
import type { TargetCall } from '../../src/io/ports.ts';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';
import type { Script } from '../support/scripted-target.ts';

const calls: TargetCall[] = [];
const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'defaultMatch: at most 20%, flip: at most 90%, required: false' },
  settings: { warmUp: '3', maxTime: '10m' },
  top: { inputs: '[{name: speed, at: "f[0]", default: 0}, {name: wind, at: "f[1]", default: 7}]' },
  onCall: (call: TargetCall) => void calls.push(call),
};
const { running, start } = useComparators(trial);
const claim = 'candidate.late.default-match';
const isProbe = (id: string): boolean => id.endsWith('.all-default');
/** The probe is answered with 0.07, and so is every request whose id says so. */
const answers = (id: string): Script => ({ score: isProbe(id) || id.startsWith('lost') ? 0.07 : 0.9, version: 'v1' });

async function deliver(t: TestComparator, { count, second, name = 'r' }: Record<string, unknown>): Promise<void> {
  for (let n = 0; n < Number(count); n++) t.deliver(`${name}-${second}-${n}`);
  await t.at(Number(second));
}

async function warm(t: TestComparator): Promise<void> {
  await deliver(t, { count: 3, second: 1 });
}

describe('an answer to nothing known', () => {
  it('is asked for once, as a marked copy of the first warm-up request with every input at its default', async () => {
    calls.length = 0;
    const t = await start({ answers: { candidate: answers } });
    await warm(t);
    expect(t.asked.candidate?.filter(isProbe)).toEqual(['r-1-0.all-default']);
    expect(t.asked.control?.filter(isProbe)).toEqual([]);
    const probe = calls.find(({ headers }) => isProbe(headers['x-request-id'] ?? ''));
    expect(probe?.request.inputs[0]?.data).toEqual([0, 7]);
    expect(probe).toMatchObject({ perturbed: true, headers: { 'x-request-id': 'shadow-r-1-0.all-default' } });
    expect(t.run()).toMatchObject({ state: 'RUNNING', conservation: { received: 6, skipped: { warm_up: 6 } } });
    const learned = { options: { value: 0.07 }, version: 'v1', problem: null };
    expect(t.hypothesis(claim)).toMatchObject({ learned, n: 0 });
    await deliver(t, { count: 60, second: 13, name: 'lost' });
    expect(t.hypothesis(claim)).toMatchObject({ verdict: 'VIOLATED', estimate: 1, n: 60 });
  });

  it('is frozen for the run, over a restart too', async () => {
    let probed = 0.07;
    const script = (id: string): Script => ({ score: isProbe(id) ? probed : 0.9, version: 'v1' });
    const t = await start({ answers: { candidate: script } });
    await warm(t);
    await deliver(t, { count: 20, second: 13 });
    const before = t.hypothesis(claim);
    probed = 0.9;
    const again = await t.crash();
    running.splice(0, 1, again);
    expect(again.hypothesis(claim)).toMatchObject({ learned: before.learned, n: 20, generation: 1, estimate: 0 });
    expect(again.asked.candidate?.filter(isProbe)).toHaveLength(1);
    await deliver(again, { count: 20, second: 23 });
    expect(again.hypothesis(claim)).toMatchObject({ n: 40, generation: 1, estimate: 0 });
  });

  it('is asked again after a restart in the warm-up', async () => {
    const t = await start({ answers: { candidate: answers } });
    await deliver(t, { count: 2, second: 1 });
    const again = await t.crash();
    running.splice(0, 1, again);
    await deliver(again, { count: 3, second: 2 });
    expect(again.run().state).toBe('RUNNING');
    expect(again.hypothesis(claim).learned?.options).toEqual({ value: 0.07 });
  });

  it('stays away: the claim is undecided and says why, and the arm was asked with every warm-up request', async () => {
    const failing = (id: string): Script => (isProbe(id) ? { fails: 'error' } : { score: 0.9, version: 'v1' });
    const t = await start({ answers: { candidate: failing } });
    for (const second of [1, 2, 3]) await deliver(t, { count: 1, second });
    await deliver(t, { count: 60, second: 13 });
    expect(t.asked.candidate?.filter(isProbe)).toHaveLength(3);
    const { verdict, sentence, n } = t.hypothesis(claim);
    expect([verdict, n]).toEqual(['UNDECIDED', 0]);
    expect(sentence).toContain('the arm gave no answer to the all-default input: error (scripted)');
    expect(t.hypothesis('candidate.late.flip').verdict).toBe('HOLDS');
  });

  it('comes with a later request when the first was lost', async () => {
    let probes = 0;
    const slow = (id: string): Script => (isProbe(id) && ++probes === 1 ? { fails: 'timeout' } : answers(id));
    const t = await start({ answers: { candidate: slow } });
    for (const second of [1, 2, 3]) await deliver(t, { count: 1, second });
    expect(t.hypothesis(claim).learned?.options).toEqual({ value: 0.07 });
    expect(probes).toBe(2);
  });

  it('judges only the version that gave it', async () => {
    let version = 'v1';
    const script = (id: string): Script => ({ score: isProbe(id) ? 0.07 : 0.9, version });
    const t = await start({ answers: { candidate: script } });
    await warm(t);
    await deliver(t, { count: 40, second: 13 });
    expect(t.hypothesis(claim)).toMatchObject({ verdict: 'HOLDS', armVersion: 'v1' });
    version = 'v2';
    await deliver(t, { count: 40, second: 23 });
    expect(t.hypothesis(claim)).toMatchObject({ verdict: 'UNDECIDED', n: 0, armVersion: 'v2', generation: 2 });
    expect(t.run().notes.join()).toContain('v1 was asked, and the arm is v2 now: only a new run asks it again');
  });

  it('is not asked for while the kill switch is engaged, nor without a claim that waits for it', async () => {
    const t = await start({ answers: { candidate: answers } });
    t.app.comparator.kill('enough');
    await warm(t);
    expect(t.asked.candidate).toEqual([]);
    const plain = await start({ expect: { 'candidate.late': 'flip: at most 90%' } });
    await warm(plain);
    expect(plain.asked.candidate).toHaveLength(3);
  });
});

describe('a watch on production without a value', () => {
  const watched = { top: { ...trial.top, watch: '{late: {defaultMatch: at most 5%}}' } };
  const watch = (t: TestComparator) => t.app.comparator.watches().watches[0];
  const control = (id: string): Script => ({ score: isProbe(id) ? 0.07 : 0.9, version: 'p1' });

  it('learns from the control, and alarms when production answers so', async () => {
    const t = await start({ ...watched, answers: { control, candidate: answers } });
    expect(watch(t)?.status).toBe('NO_DATA');
    await warm(t);
    expect(t.asked.control?.filter(isProbe)).toHaveLength(1);
    await deliver(t, { count: 30, second: 16 });
    expect(watch(t)).toMatchObject({ status: 'QUIET', hits: 0 });
    for (let n = 0; n < 60; n++) t.deliver({ id: `zero-${n}`, score: 0.07 });
    await t.at(36);
    expect(watch(t)).toMatchObject({ status: 'REGRESSED', hits: 60 });
  });

  it('learns nothing from a control of another version, and says what it waits for', async () => {
    const other = (id: string): Script => ({ score: isProbe(id) ? 0.07 : 0.9, version: 'p0' });
    const t = await start({ ...watched, answers: { control: other, candidate: answers } });
    await warm(t);
    await deliver(t, { count: 30, second: 16 });
    expect(watch(t)).toMatchObject({ status: 'NO_DATA', n: 0 });
    expect(watch(t)?.sentence).toContain('no control has answered the input of defaults alone yet');
  });
});
