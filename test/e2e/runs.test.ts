// The life of a run: warm-up, scoring, its ends, and evidence that stays what it was after them.
import { describe, expect, it } from 'vitest';
import type { TestComparator } from '../support/comparator.ts';
import { roundMs } from '../support/fake-clock.ts';
import { useComparators } from '../support/running-comparators.ts';

const trial = { arms: { control: '', candidate: '' }, expect: { 'candidate.late': 'flip: at most 50%' } };
const { running, start } = useComparators(trial);
const flip = 'candidate.late.flip';
/** Not required: such a run never decides, and goes on. */
const watching = { expect: { 'candidate.late': 'flip: at most 50%, required: false' } };

function deliver(t: TestComparator, count: number, name = `${t.clock.nowMs()}`): void {
  for (let n = 0; n < count; n++) t.deliver(`${name}-${n}`);
}

describe('warm-up', () => {
  const settings = { warmUp: '50' };

  it('sends fifty unscored requests first and learns the versions', async () => {
    const t = await start({ ...watching, settings: {}, answers: { candidate: () => ({ score: 0.1, version: 'c7' }) } });
    expect(t.run().state).toBe('RUNNING');
    const warm = await start({ ...watching, settings, answers: { candidate: () => ({ score: 0.1, version: 'c7' }) } });
    deliver(warm, 60);
    await warm.at(1);
    expect(warm.run()).toMatchObject({ state: 'RUNNING', conservation: { received: 120, skipped: { warm_up: 120 } } });
    expect(warm.run().arms[1]).toMatchObject({ version: 'c7', warmUp: { ok: 50, failed: 0 } });
    expect(warm.asked.candidate).toHaveLength(50);
    deliver(warm, 5);
    await warm.at(13);
    expect(warm.hypothesis(flip)).toMatchObject({ n: 5, estimate: 1 });
  });

  it('waits until the arms are ready, and not for ever', async () => {
    let ready = false;
    const t = await start({ ...watching, settings: { ...settings, readyTimeout: '20s' }, isReady: () => ready });
    deliver(t, 10);
    await t.at(1);
    expect(t.run()).toMatchObject({ state: 'WARMING', conservation: { skipped: { warm_up: 20 } } });
    expect(t.asked.candidate).toEqual([]);
    ready = true;
    await t.at(2);
    deliver(t, 50);
    await t.at(3);
    expect(t.run().state).toBe('RUNNING');
    const never = await start({ ...watching, settings: { ...settings, readyTimeout: '20s' }, isReady: () => false });
    await never.at(20);
    deliver(never, 50);
    await never.at(21);
    expect(never.run().state).toBe('RUNNING');
  });

  it('counts no request twice: a known id warms nothing up', async () => {
    const t = await start({ ...watching, settings: { warmUp: '3' } });
    for (const id of ['a', 'a', 'b']) t.deliver(id);
    await t.at(1);
    expect(t.run()).toMatchObject({ state: 'WARMING', conservation: { skipped: { warm_up: 4, duplicate: 2 } } });
    t.deliver('c');
    await t.at(2);
    expect(t.run().state).toBe('RUNNING');
    expect(t.asked.candidate).toEqual(['a', 'b', 'c']);
  });

  it('begins again after a crash, and sends nobody twice', async () => {
    const t = await start({ ...watching, settings });
    deliver(t, 30, 'before');
    await t.at(1);
    const again = await t.crash();
    running.splice(0, 1, again);
    deliver(again, 30, 'before');
    await again.at(2);
    deliver(again, 49, 'after');
    await again.at(3);
    expect(again.run()).toMatchObject({ state: 'WARMING' });
    deliver(again, 1, 'last');
    await again.at(4);
    expect(again.run().state).toBe('RUNNING');
    expect(new Set(again.asked.candidate).size).toBe(again.asked.candidate?.length);
  });

  it('sends nothing once the run is stopped', async () => {
    const t = await start({ ...watching, settings });
    deliver(t, 10);
    t.app.comparator.stopRun(t.run().id, 'changed my mind');
    await t.at(1);
    expect(t.asked.candidate).toEqual([]);
  });
});

describe('a run completes', () => {
  it('when everything required is decided and the gate’s minPairs are reached', async () => {
    const t = await start({
      expect: { 'candidate.late': 'flip: at most 50%', candidate: 'error: at most 50%' },
      settings: { gate: '{minPairs: 30}', start: 'with serve' },
    });
    deliver(t, 20);
    await t.at(13);
    expect(t.hypothesis(flip).verdict).toBe('HOLDS');
    expect(t.run().state).toBe('RUNNING');
    deliver(t, 10);
    await t.at(23);
    expect(t.run()).toMatchObject({ state: 'COMPLETED', endReason: 'decided' });
    expect(t.app.comparator.gate({ run: t.run().id, experiment: null, nonce: null })).toMatchObject({
      verdict: 'PASS',
    });
  });

  it('at maxPairs, exactly, when the last of them is counted', async () => {
    const t = await start({ ...watching, settings: { maxPairs: '7' } });
    deliver(t, 10);
    await t.at(12.9);
    expect(t.run().state).toBe('RUNNING');
    await t.at(13);
    expect(t.run()).toMatchObject({ state: 'COMPLETED', endReason: 'max_pairs', conservation: { received: 14 } });
    expect(t.hypothesis(flip).n).toBe(7);
  });

  it('at maxTime, with what was admitted before it counted', async () => {
    const t = await start({ ...watching, settings: { maxTime: '20s' } });
    await t.at(18);
    deliver(t, 3, 'in time');
    await t.at(19.5);
    deliver(t, 3, 'too late');
    await t.at(33);
    expect(t.run()).toMatchObject({ state: 'COMPLETED', endReason: 'max_time', conservation: { received: 6 } });
    expect(t.hypothesis(flip).n).toBe(3);
  });

  it('only at maxTime when it waits for true outcomes, even with all pairs used', async () => {
    const t = await start({
      expect: { 'candidate.late': 'flip: at most 50%, worse: at most 50%' },
      settings: { maxTime: '5m', maxPairs: '20', stopWhen: '[production.p99 above 1s]' },
    });
    deliver(t, 30);
    for (let second = 1; second < 299; second += 10) {
      await t.at(second);
      deliver(t, 1);
      expect(t.run()).toMatchObject({ state: 'RUNNING', conservation: { received: 40 } });
    }
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'HOLDS', n: 20 });
    await t.at(310);
    expect(t.run()).toMatchObject({ state: 'COMPLETED', endReason: 'max_time' });
  });
});

describe('a run is aborted', () => {
  const settings = {
    stopWhen: '[{when: production.p99 above 100ms, minCount: 5, windows: 10}]',
  };

  it('when production breaches a stop condition, with what is in flight skipped', async () => {
    const t = await start({ ...watching, settings });
    for (let second = 0; second < 10; second += 1) {
      await t.at(second);
      for (let n = 0; n < 5; n++) t.deliver({ id: `${second}-${n}`, latencyMs: 150 });
    }
    await t.at(11);
    expect(t.run()).toMatchObject({
      state: 'ABORTED',
      endReason: expect.stringContaining('production.p99 above 100ms'),
    });
    expect(t.run().conservation).toMatchObject({
      received: 100,
      compared: 0,
      skipped: { run_ended: 100 },
      inFlight: 0,
    });
    deliver(t, 1);
    await t.at(20);
    expect(t.run().conservation.received).toBe(100);
  });

  it('when the signal is missing: what cannot be watched must not go on', async () => {
    const t = await start({ ...watching, settings });
    deliver(t, 20);
    await t.at(29);
    expect(t.run().state).toBe('RUNNING');
    await t.at(31);
    expect(t.run()).toMatchObject({ state: 'ABORTED', endReason: expect.stringContaining('no production request') });
  });

  it('but not because it was restarted: nobody watched while penumbra was away', async () => {
    const t = await start({ ...watching, settings });
    deliver(t, 20);
    await t.at(20);
    const again = await t.crash({ downMs: 600_000 });
    running.splice(0, 1, again);
    await again.at(625);
    expect(again.run().state).toBe('RUNNING');
    deliver(again, 1);
    await again.at(654);
    expect(again.run().state).toBe('RUNNING');
    await again.at(660);
    expect(again.run().state).toBe('ABORTED');
  });
});

describe('a run that ended', () => {
  it('stays ended: it is not stopped twice, not resumed, and counts nothing any more', async () => {
    const t = await start(watching);
    deliver(t, 5);
    await t.at(5);
    const { id } = t.run();
    t.app.comparator.stopRun(id, 'enough');
    expect(() => t.app.comparator.stopRun(id, 'again')).toThrow(/ended already \(STOPPED\)/);
    const before = t.run();
    expect(before).toMatchObject({ state: 'STOPPED', endReason: 'enough', endedAt: roundMs + 5000 });
    deliver(t, 5);
    await t.at(40);
    expect(t.run()).toEqual(before);
    const again = await t.crash();
    running.splice(0, 1, again);
    await again.at(60);
    expect(again.app.comparator.runs()).toEqual([before]);
  });

  it('keeps its evidence when the config says something else later', async () => {
    const t = await start();
    deliver(t, 20);
    await t.at(13);
    const before = t.run();
    expect(before.state).toBe('COMPLETED');
    const production = '{url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 900ms}}';
    const again = await t.crash({ top: { bucket: '5s', production }, settings: { start: 'on request' } });
    running.splice(0, 1, again);
    expect(again.run()).toEqual(before);
  });

  it('makes room for the next one', async () => {
    const t = await start();
    await expect(t.app.comparator.startRun({ experiment: 'trial' })).rejects.toThrow(/has the active run/);
    deliver(t, 20);
    await t.at(13);
    const [first, second] = await Promise.allSettled([
      t.app.comparator.startRun({ experiment: 'trial' }),
      t.app.comparator.startRun({ experiment: 'trial' }),
    ]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
    expect(t.app.comparator.runs()).toHaveLength(2);
    expect(t.hypothesis(flip)).toMatchObject({ n: 0, verdict: 'UNDECIDED' });
  });
});

describe('verdicts', () => {
  it('VIOLATED latches; HOLDS can be lost', async () => {
    let wrong = false;
    const t = await start({ ...watching, answers: { candidate: () => ({ score: wrong ? 0.1 : 0.9 }) } });
    deliver(t, 12);
    await t.at(13);
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'HOLDS', decidedAt: 12 });
    wrong = true;
    deliver(t, 8);
    await t.at(23);
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'UNDECIDED', decidedAt: null });
    deliver(t, 60);
    await t.at(43);
    expect(t.hypothesis(flip)).toMatchObject({ verdict: 'VIOLATED', decidedAt: 80 });
    wrong = false;
    deliver(t, 900);
    await t.at(63);
    const latched = t.hypothesis(flip);
    expect(latched).toMatchObject({ verdict: 'VIOLATED', decidedAt: 80, n: 980 });
    expect(latched.logEDown).toBeGreaterThan(latched.logEDownNeeded);
    const changes = t.app.comparator
      .verdictChanges(t.run().id)
      .filter(({ hypothesis }) => hypothesis === flip)
      .map(({ from, to, n }) => `${from} ${to} ${n}`);
    expect(changes).toEqual(['UNDECIDED HOLDS 12', 'HOLDS UNDECIDED 20', 'UNDECIDED VIOLATED 80']);
  });
});

describe('a config that changed between two starts', () => {
  it('starts a redefined hypothesis anew, resolves its alert, and lets no way back revive the old stream', async () => {
    const answers = { candidate: () => ({ score: 0.1 }) as const };
    const t = await start({ ...watching, answers, top: { alerts: '[{webhook: "http://127.0.0.1:1"}]' } });
    deliver(t, 20);
    await t.at(13);
    expect(t.hypothesis(flip).verdict).toBe('VIOLATED');
    const looser = await t.crash({ expect: { 'candidate.late': 'flip: at most 60%, required: false' } });
    expect(looser.hypothesis(flip)).toMatchObject({ verdict: 'UNDECIDED', n: 0 });
    expect(looser.app.comparator.verdictChanges(looser.run().id).at(-1)).toMatchObject({
      from: 'VIOLATED',
      to: 'SUPERSEDED',
    });
    const back = await looser.crash(watching);
    running.splice(0, 1, back);
    deliver(back, 1);
    await back.at(33);
    expect(back.hypothesis(flip)).toMatchObject({ verdict: 'UNDECIDED', n: 1, generation: 2 });
    const streams = back.store
      .streams(back.run().id)
      .filter(({ hypothesis }) => hypothesis === flip)
      .map(({ state, counts }) => [state, counts[0]]);
    expect(streams).toEqual([
      ['SUPERSEDED', 20],
      ['OPEN', 1],
    ]);
  });

  it('stops the run of an experiment that is gone, for good', async () => {
    const t = await start(watching);
    deliver(t, 20);
    await t.at(5);
    const renamed = await t.crash({ name: 'another' });
    const gone = { experiment: 'trial', state: 'STOPPED', endReason: 'experiment_removed_from_config' };
    expect(renamed.app.comparator.runs()).toMatchObject([gone, { experiment: 'another', state: 'RUNNING' }]);
    const back = await renamed.crash({ name: 'trial' });
    running.splice(0, 1, back);
    expect(back.app.comparator.runs()[0]).toMatchObject(gone);
  });

  it('starts an experiment again only when its policy is another', async () => {
    const t = await start();
    deliver(t, 20);
    await t.at(13);
    const same = await t.crash();
    expect(same.app.comparator.runs()).toHaveLength(1);
    const other = await same.crash({ expect: { 'candidate.late': 'flip: at most 40%' } });
    running.splice(0, 1, other);
    expect(other.app.comparator.runs().map(({ state }) => state)).toEqual(['COMPLETED', 'RUNNING']);
  });
});
