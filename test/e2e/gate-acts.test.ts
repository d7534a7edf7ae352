// What people do about a gate's answer, in a real comparator on a fake clock: retries and overrides; and what makes a PASS worthless.
import { describe, expect, it } from 'vitest';
import type { TestComparator } from '../support/comparator.ts';
import { useComparators } from '../support/running-comparators.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const { start, running } = useComparators({
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%', candidate: 'error: at most 50%' },
  settings: { gate: '{minPairs: 10, identity: unchecked}', start: 'on request' },
});

const wrong = { candidate: () => ({ score: 0.1 }) as const };
const gateOf = (t: TestComparator, run: string) => t.app.comparator.gate({ run, experiment: null, nonce: null });
let ids = 0;

async function runOn(t: TestComparator, { at, digested = true }: { at: number; digested?: boolean }): Promise<string> {
  const { id } = await t.app.comparator.startRun({ experiment: 'trial', ...(digested ? { digest } : {}) });
  await decide(t, at);
  return id;
}

async function decide(t: TestComparator, at: number, version = 'p1'): Promise<void> {
  await t.at(at + 1);
  for (let n = 0; n < 40; n += 1) {
    ids += 1;
    t.deliver({ id: `e${ids}`, version });
  }
  await t.at(at + 14);
}

const act = { by: 'ann', reason: 'hotfix', ticket: 'INC-1', forMs: 60_000 };

describe('run retry', () => {
  it('names the run that it tries again, whose FAIL stays', async () => {
    const t = await start({ answers: wrong });
    const failed = await runOn(t, { at: 0 });
    expect(gateOf(t, failed)).toMatchObject({ verdict: 'FAIL', final: true, retries: null });
    const again = await t.app.comparator.retryRun(failed, 'the store was down');
    expect(again).toMatchObject({
      candidate: { digest },
      retries: { run: failed, verdict: 'FAIL', reason: 'the store was down', said: expect.stringContaining('flip') },
    });
    expect(gateOf(t, again.id)).toMatchObject({ verdict: 'NO_DATA', retries: { run: failed } });
    expect(gateOf(t, again.id).notes[0]).toContain(`tries run ${failed} again, which was FAIL`);
    expect(gateOf(t, failed).verdict).toBe('FAIL');
    const after = await t.crash();
    running.splice(0, 1, after);
    expect(after.app.comparator.run(again.id).retries).toMatchObject({ run: failed, verdict: 'FAIL' });
  });

  it('a digest that has failed fails again under the same rules, until the failed run is retried', async () => {
    let isWrong = true;
    const t = await start({ answers: { candidate: () => ({ score: isWrong ? 0.1 : 0.9 }) } });
    const failed = await runOn(t, { at: 0 });
    isWrong = false;
    const plain = await runOn(t, { at: 20 });
    expect(gateOf(t, plain)).toMatchObject({ verdict: 'FAIL', reasonCode: 'failed_before', final: true });
    expect(gateOf(t, plain).reasons[0]).toContain(`penumbra run retry --run ${failed}`);
    const { id } = await t.app.comparator.retryRun(failed, 'fixed elsewhere');
    await decide(t, 40);
    expect(gateOf(t, id).verdict).toBe('PASS');
    expect(gateOf(t, failed).verdict).toBe('FAIL');
  });

  it('is refused while nothing is decided, and for a run that is not there', async () => {
    const t = await start();
    const { id } = await t.app.comparator.startRun({ experiment: 'trial' });
    await expect(t.app.comparator.retryRun(id, 'x')).rejects.toThrow(/is not decided yet/);
    await expect(t.app.comparator.retryRun('nosuch', 'x')).rejects.toThrow(/there is no run/);
  });
});

describe('gate override', () => {
  it('is recorded, shown, for one run, and ends by itself; the verdict and the exit code stay', async () => {
    const t = await start({ answers: wrong });
    const id = await runOn(t, { at: 0 });
    const recorded = t.app.comparator.overrideGate({ run: id, ...act });
    expect(recorded).toMatchObject({ run: id, candidate: digest, verdict: 'FAIL', until: t.clock.nowMs() + 60_000 });
    expect(gateOf(t, id)).toMatchObject({ verdict: 'FAIL', exitCode: 10, override: { by: 'ann', ticket: 'INC-1' } });
    expect(t.app.comparator.run(id).overrides).toEqual([recorded]);
    const again = await t.crash();
    running.splice(0, 1, again);
    expect(gateOf(again, id).override).toEqual(recorded);
    expect(again.store.overridesInForce(again.clock.nowMs())).toEqual([recorded]);
    const { id: other } = await again.app.comparator.retryRun(id, 'x');
    expect(gateOf(again, other).override).toBeNull();
    await again.at(14 + 60);
    expect(gateOf(again, id).override).toBeNull();
    expect(again.store.overridesInForce(again.clock.nowMs())).toEqual([]);
    expect(again.app.comparator.run(id).overrides).toEqual([recorded]);
  });

  it('is refused for longer than an hour, and where there is nothing to override', async () => {
    const t = await start();
    const id = await runOn(t, { at: 0 });
    expect(() => t.app.comparator.overrideGate({ run: id, ...act, forMs: 3_600_001 })).toThrow(/at most 60 minutes/);
    expect(() => t.app.comparator.overrideGate({ run: id, ...act })).toThrow(/nothing to override/);
    expect(t.app.comparator.run(id).overrides).toBeUndefined();
  });
});

describe('a PASS does not outlive what it is about', () => {
  it('production moves on: STALE, and back again when production goes back', async () => {
    const t = await start();
    const id = await runOn(t, { at: 0, digested: false });
    expect(gateOf(t, id)).toMatchObject({ verdict: 'PASS', productionVersion: 'p1', productionVersionNow: 'p1' });
    t.deliver({ id: 'new', version: 'p2' });
    expect(gateOf(t, id)).toMatchObject({ verdict: 'STALE', reasonCode: 'production_changed', expiresAt: null });
    t.deliver({ id: 'back', version: 'p1' });
    expect(gateOf(t, id).verdict).toBe('PASS');
  });

  it('after a restart nobody has seen production: it passes, and says so; a later run in the store is asked first', async () => {
    const t = await start();
    const id = await runOn(t, { at: 0, digested: false });
    const again = await t.crash();
    running.splice(0, 1, again);
    expect(gateOf(again, id)).toMatchObject({ verdict: 'PASS', productionVersionNow: null });
    expect(gateOf(again, id).notes).toEqual([
      'no traffic has shown which version is in production now; the evidence is about p1',
    ]);
    await again.app.comparator.startRun({ experiment: 'trial' });
    await decide(again, 20, 'p2');
    const later = await again.crash();
    running.splice(0, 1, later);
    expect(gateOf(later, id)).toMatchObject({ verdict: 'STALE', productionVersionNow: 'p2' });
  });

  it('the config judges by other rules now: STALE', async () => {
    const t = await start();
    const id = await runOn(t, { at: 0, digested: false });
    const stricter = await t.crash({
      expect: { 'candidate.late': 'flip: at most 1%', candidate: 'error: at most 50%' },
    });
    running.splice(0, 1, stricter);
    expect(gateOf(stricter, id)).toMatchObject({ verdict: 'STALE', reasonCode: 'policy_changed' });
  });
});
