// Process faults on a clock that moves by hand: what is done to the pod and when, and what is known of a request sent at each moment.
import { describe, expect, it } from 'vitest';
import { processFaultNames } from '../../../../src/core/judge/known-to-act.ts';
import { faults } from '../../../../src/faults/index.ts';
import { createProcessDisturbance } from '../../../../src/faults/process/disturbance.ts';
import { createHookedPod, type Pod } from '../../../../src/faults/process/pod.ts';
import { backOffMs, type StrikePlan, strikeAtMs } from '../../../../src/faults/process/strikes.ts';
import { createFakeClock, roundMs, settle } from '../../../support/fake-clock.ts';

const quiet = (): void => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const common = { everyMs: 30_000, jitterMs: 0, settleMs: 10_000 };

function planOf(name: string, options: Record<string, unknown>): StrikePlan {
  const kind = faults.find((one) => one.name === name) as unknown as {
    create(given: unknown): { strikes?: StrikePlan };
  };
  return kind.create({ ...common, ...options }).strikes as StrikePlan;
}

function bench(plan: StrikePlan, changes: Partial<Pod> = {}) {
  const clock = createFakeClock();
  const acts: string[] = [];
  const note = (what: string) => {
    acts.push(`${clock.monotonicMs() / 1000}s ${what}`);
  };
  const pod: Pod = {
    kill: async (signal) => note(signal),
    start: async ({ isReadinessAwaited }) => note(isReadinessAwaited ? 'start' : 'start cold'),
    pause: async () => note('pause'),
    resume: async () => note('resume'),
    restart: async () => note('restart'),
    ...changes,
  };
  const disturbance = createProcessDisturbance({ name: 'it', plan, pod, clock, log, seed: '1', armName: 'arm' });
  const at = (s: number) => clock.advanceTo(roundMs + s * 1000);
  return { clock, acts, disturbance, at };
}

describe('a process fault', () => {
  it('kills at its times and starts again at once', async () => {
    const { disturbance, acts, at } = bench(planOf('kill', { signal: 'SIGTERM' }));
    expect(disturbance.strike()).toEqual({ acts: false, sinceMs: null, number: 0 });
    await disturbance.begin();
    await at(59.9);
    expect(acts).toEqual(['30s SIGTERM', '30s start']);
    expect(disturbance.strike()).toEqual({ acts: false, sinceMs: 29_900, number: 1 });
    await at(61);
    expect(disturbance.strike()).toEqual({ acts: true, sinceMs: 1000, number: 2 });
    await disturbance.end();
    await at(200);
    expect(acts).toHaveLength(4);
  });

  it('waits longer after each kill for memory, and leaves out strikes that fall due meanwhile', async () => {
    const { disturbance, acts, at } = bench(planOf('oom', { what: 'pod', backOffMs: 20_000 }));
    await disturbance.begin();
    await at(45);
    expect(disturbance.strike()).toEqual({ acts: true, sinceMs: 15_000, number: 1 });
    await at(195);
    const killed = ['30s SIGKILL', '50s start', '60s SIGKILL', '100s start', '120s SIGKILL'];
    expect(acts).toEqual(killed);
    await at(201);
    expect(acts).toEqual([...killed, '200s start']);
  });

  it('forgets the back-off of a pod that was up for ten minutes', async () => {
    const { disturbance, acts, at } = bench(planOf('oom', { what: 'pod', backOffMs: 20_000, everyMs: 700_000 }));
    await disturbance.begin();
    await at(1500);
    expect(acts).toEqual(['700s SIGKILL', '720s start', '1400s SIGKILL', '1420s start']);
  });

  it('pauses and resumes; the end resumes at once what stands still, and only once', async () => {
    const { disturbance, acts, at } = bench(planOf('pause', { pauseMs: 2000 }));
    await disturbance.begin();
    await at(61);
    expect(acts).toEqual(['30s pause', '32s resume', '60s pause']);
    await Promise.all([disturbance.end(), disturbance.end()]);
    expect(acts.slice(3)).toEqual(['61s resume']);
    await at(300);
    expect(acts).toHaveLength(4);
    expect(disturbance.problem()).toBeNull();
  });

  it('a killed pod that waits for its start is brought back at the end', async () => {
    const { disturbance, acts, at } = bench(planOf('oom', { what: 'pod', backOffMs: 20_000 }));
    await disturbance.begin();
    await at(31);
    await disturbance.end();
    expect(acts).toEqual(['30s SIGKILL', '31s restart']);
  });

  it('does not wait for readiness on a cold start', async () => {
    const { disturbance, acts, at } = bench(planOf('coldStart', { what: 'pod', afterMs: 5000 }));
    await disturbance.begin();
    await at(6);
    expect(acts).toEqual(['5s SIGKILL', '5s start cold']);
  });

  it('acts from the blow on, and counts time from the moment when it has done its work', async () => {
    let gone = quiet;
    const kill = () =>
      new Promise<void>((resolve) => {
        gone = resolve;
      });
    const { disturbance, at } = bench(planOf('kill', { signal: 'SIGTERM' }), { kill });
    await disturbance.begin();
    await at(34);
    expect(disturbance.strike()).toEqual({ acts: true, sinceMs: 0, number: 1 });
    gone();
    await settle();
    await at(35);
    expect(disturbance.strike()).toEqual({ acts: true, sinceMs: 1000, number: 1 });
  });

  it('says why it cannot go on, and strikes no more', async () => {
    const kill = () => Promise.reject(new Error('no such pod'));
    const { disturbance, at } = bench(planOf('kill', { signal: 'SIGKILL' }), { kill });
    await disturbance.begin();
    await at(100);
    expect([disturbance.problem(), disturbance.strike().number]).toEqual(['it could not be done: no such pod', 1]);
    await disturbance.end();
  });

  it('never begins after its end', async () => {
    const { disturbance, acts, at } = bench(planOf('kill', { signal: 'SIGKILL' }));
    await disturbance.end();
    await disturbance.begin();
    await at(100);
    expect(acts).toEqual([]);
  });
});

describe('strike times', () => {
  it('are drawn from the seed: the same again, others for another arm, within the jitter', () => {
    const plan = planOf('kill', { signal: 'SIGKILL', jitterMs: 5000 });
    const times = (armName: string) => [0, 1, 2, 3].map((index) => strikeAtMs(plan, { seed: '7', armName, index }));
    expect(times('a')).toEqual(times('a'));
    expect(times('a')).not.toEqual(times('b'));
    for (const [index, atMs] of times('a').entries()) {
      const late = atMs - (index + 1) * 30_000;
      expect(late).toBeGreaterThanOrEqual(0);
      expect(late).toBeLessThan(5000);
    }
  });

  it('the back-off doubles up to five minutes', () => {
    expect([0, 1, 2, 4, 5, 500].map((times) => backOffMs(10_000, times) / 1000)).toEqual([10, 20, 40, 160, 300, 300]);
  });
});

describe('process faults as kinds', () => {
  it('are those of which it is known on which requests they act', () => {
    const struck = faults.filter((kind) => 'needsHooks' in kind).map(({ name }) => name);
    expect(struck.sort()).toEqual([...processFaultNames].sort());
  });
});

describe('a hooked pod', () => {
  it('runs its hooks, and leaves the start to others where there is none', async () => {
    const ran: string[] = [];
    const pod = createHookedPod({ kill: ['k'], pause: ['p'], resume: ['r'] }, async (name, { command, abort }) => {
      ran.push(`${name}: ${command.join(' ')}${abort === null ? ' to its end' : ''}`);
    });
    const { signal } = new AbortController();
    await pod.kill('SIGKILL', signal);
    await pod.start({ isReadinessAwaited: true }, signal);
    await pod.pause(signal);
    await pod.resume();
    await pod.restart();
    expect(ran).toEqual(['kill: k', 'pause: p', 'resume: r to its end']);
  });
});
