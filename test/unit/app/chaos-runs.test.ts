// The suite's way from run to run, with runs that a test writes: what a restart leaves of it, and what becomes of it when a run cannot
// start or the card cannot be kept.
import { describe, expect, it } from 'vitest';
import type { ChaosView } from '../../../src/api/comparator.ts';
import { type ChaosDeps, createChaosRuns } from '../../../src/app/chaos-runs.ts';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import type { RunView } from '../../../src/pipeline/view-types.ts';
import { createFakeClock, settle } from '../../support/fake-clock.ts';

const text = `service: demo
production: {url: "http://127.0.0.1:8080", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: [{name: speed, at: "f[0]"}]
decisions: {late: {output: p, label: above 0.5}}
chaos:
  versions: {v1: {url: "http://127.0.0.1:8081"}}
  traffic: {live: {}}
  faults: {zeroed: {perturb: [{zero: each}]}, slow: {faults: [{delay: 1ms}]}}
  stopWhen: [production.p99 above 1s]
`;
const { config } = checkConfigText(text, { env: {}, directory: '/' });

function suite(changes: Partial<ChaosDeps> = {}) {
  const runs = new Map<string, RunView>();
  const kept: ChaosView[] = [];
  const logged: string[] = [];
  const log = (_: object, message: string): void => void logged.push(message);
  const chaos = createChaosRuns({
    config: config as EffectiveConfig,
    clock: createFakeClock(),
    log: { debug: () => {}, info: () => {}, warn: log, error: log },
    begin: async ({ name }) => {
      const run = { id: `r${runs.size + 1}`, experiment: name, state: 'RUNNING', endedAt: null, arms: [] };
      runs.set(run.id, run as unknown as RunView);
      return run as unknown as RunView;
    },
    run: (id) => runs.get(id) as RunView,
    stopRun: () => {},
    whyKilled: () => null,
    newId: () => 'c1',
    kept: { read: () => null, write: (view) => void kept.push(view) },
    ...changes,
  });
  const endRun = (id: string): void => {
    const conservation = { received: 10, compared: 10, skipped: {}, dropped: {}, inFlight: 0 };
    const control = {
      name: 'control',
      role: 'control',
      version: '1',
      statuses: { ok: 10 },
      conservation,
      hypotheses: [],
    };
    const ended = { ...runs.get(id), state: 'COMPLETED', endedAt: 5, arms: [control] };
    runs.set(id, ended as unknown as RunView);
    chaos.tick();
  };
  return { chaos, kept, logged, runs, endRun };
}

describe('a suite', () => {
  it('goes from cell to cell and keeps its card at every step', async () => {
    const { chaos, kept, runs, endRun } = suite();
    await chaos.start('api');
    chaos.tick();
    expect(runs.size).toBe(1);
    endRun('r1');
    await settle();
    expect(runs.size).toBe(2);
    endRun('r2');
    expect(chaos.view('c1')).toMatchObject({ state: 'COMPLETED', cells: { done: 2, of: 2 } });
    expect(kept.map(({ state, cells }) => [state, cells.done])).toEqual([
      ['RUNNING', 0],
      ['RUNNING', 1],
      ['COMPLETED', 2],
    ]);
    expect(chaos.isActive()).toBe(false);
  });

  it('is not made when its first run cannot start, and ends when a later one cannot', async () => {
    const refuse = async (): Promise<RunView> => {
      throw new Error('another experiment breaks something');
    };
    const none = suite({ begin: refuse });
    await expect(none.chaos.start('api')).rejects.toThrow('another experiment');
    expect(none.chaos.isActive()).toBe(false);
    expect(() => none.chaos.view(null)).toThrow(/there is no chaos suite yet/);

    const started = { id: 'r1', state: 'RUNNING', endedAt: null, arms: [] } as unknown as RunView;
    let begun = 0;
    const second = suite({ begin: () => (begun++ === 0 ? Promise.resolve(started) : refuse()) });
    await second.chaos.start('api');
    second.endRun('r1');
    await settle();
    expect(second.chaos.view(null)).toMatchObject({
      state: 'ABORTED',
      endReason: 'another experiment breaks something',
      card: { notes: expect.arrayContaining(['left out: v1: 1 not run: another experiment breaks something']) },
    });
  });

  it('does not go on after a restart: what it had found is kept, and it is ABORTED', async () => {
    const before = suite();
    await before.chaos.start('schedule');
    const [view] = before.kept;
    const after = suite({ kept: { read: () => view ?? null, write: () => {} } });
    expect(after.chaos.view(null)).toMatchObject({
      id: 'c1',
      state: 'ABORTED',
      endReason: 'the comparator was restarted',
    });
    expect(after.chaos.isActive()).toBe(false);
  });

  it('goes on when its card cannot be kept, and says so', async () => {
    const write = (): void => {
      throw new Error('the disk is full');
    };
    const { chaos, logged, endRun } = suite({ kept: { read: () => null, write } });
    await chaos.start('api');
    endRun('r1');
    await settle();
    expect(chaos.view(null).cells.done).toBe(1);
    expect(new Set(logged)).toEqual(new Set(['the card could not be kept']));
  });
});
