// All dependencies together: one run at a time, one switch for all arms behind a proxy, calls over several of them, and their series.
import { describe, expect, it } from 'vitest';
import { createDependencies } from '../../../../src/app/dependencies/dependencies.ts';
import type { DependencyConfig } from '../../../../src/config/effective.ts';
import type { Alert, Arm, Experiment, Run } from '../../../../src/model.ts';
import { createFakeClock, settle } from '../../../support/fake-clock.ts';
import { createStubControl } from '../../../support/stub-control.ts';

const quiet = (): void => {};
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const armOf = (name: string, dependency: string | null): Arm => ({
  name,
  role: 'fault',
  target: null,
  perturbations: [],
  faults:
    dependency === null
      ? []
      : [
          {
            type: 'dependency',
            options: { name: dependency, does: { type: 'latency', options: { delayMs: 800 } }, share: 1 },
          },
        ],
  deadlineMs: 1000,
});
const experimentOf = (name: string, arms: readonly Arm[]): Experiment => ({ name, arms }) as unknown as Experiment;
const runOf = (experiment: Experiment, endedAt: number | null = null) => ({
  run: {
    id: `run of ${experiment.name}`,
    experiment: experiment.name,
    endedAt,
    definition: experiment,
  } as unknown as Run,
});

function created(names: readonly string[] = ['store', 'other']) {
  const clock = createFakeClock();
  const controls = names.map((name) => createStubControl(name));
  const declared = ['store', 'other'].map((name) => ({ name }) as DependencyConfig);
  const raised: Alert[] = [];
  const dependencies = createDependencies({
    declared,
    controls,
    clock,
    log,
    raise: (alert) => void raised.push(alert),
  });
  dependencies.start();
  return { clock, controls, dependencies, raised };
}

const slow = armOf('slow', 'store');
const first = experimentOf('first', [armOf('control', null), slow, armOf('repaired', 'store')]);

describe('dependencies of a comparator', () => {
  it('are switched by the first arm behind a proxy, and not at all where they are switched elsewhere', () => {
    const { dependencies } = created();
    const of = (arm: Arm) =>
      dependencies.disturbancesOf(arm, { experiment: first, active: [] }).map(({ name }) => name);
    expect(first.arms.map(of)).toEqual([[], ['the faults of store'], []]);
    const foreign = armOf('foreign', 'elsewhere');
    expect(dependencies.disturbancesOf(foreign, { experiment: experimentOf('x', [foreign]), active: [] })).toEqual([]);
  });

  it('are used by one active run at a time', () => {
    const { dependencies } = created();
    const second = experimentOf('second', [armOf('late', 'store')]);
    const start = (active: readonly { run: Run }[]) => () =>
      dependencies.disturbancesOf(second.arms[0] as Arm, { experiment: second, active });
    expect(start([runOf(first)])).toThrow(
      'the dependency store is used by the active run run of first of experiment "first"; stop it or wait for its end',
    );
    expect(start([runOf(first, 5)])()).toHaveLength(1);
    expect(start([runOf(experimentOf('third', [armOf('slow', 'other')]))])()).toHaveLength(1);
  });

  it('are claimed where two runs start at the same time; a run waits for one that is ending', async () => {
    const { controls, dependencies } = created();
    const [store] = controls;
    const [one] = dependencies.disturbancesOf(slow, { experiment: first, active: [] });
    const [two] = dependencies.disturbancesOf(slow, { experiment: first, active: [] });
    await one?.begin();
    await expect(two?.begin()).rejects.toThrow('the dependency store is used by a run of experiment "first"');
    await two?.end();
    expect(store?.seen).toHaveLength(1);
    const [three] = dependencies.disturbancesOf(slow, { experiment: first, active: [] });
    await Promise.all([one?.end(), three?.begin()]);
    expect(store?.seen.map((line) => line.split(' ')[0])).toEqual(['on', 'restore', 'on']);
  });

  it('are nobody’s while the faults of a run are not verified to be gone, and shown as such', async () => {
    const { clock, controls, dependencies, raised } = created();
    const [store] = controls;
    const open = () => dependencies.disturbancesOf(slow, { experiment: first, active: [] })[0];
    const [one, two] = [open(), open()];
    await one?.begin();
    Object.assign(store ?? {}, { restored: false });
    const waits = Promise.all([
      one?.end(),
      expect(two?.begin()).rejects.toThrow('store is not as it was before a run'),
    ]);
    await waits;
    expect(open).toThrow('the dependency store is not as it was before a run: store is not back at its baseline');
    expect(dependencies.series().map(({ isUnrestored }) => isUnrestored)).toEqual([true, false]);
    Object.assign(store ?? {}, { restored: true });
    await clock.advance(1000);
    await open()?.begin();
    expect(raised.map(({ status }) => status)).toEqual(['firing', 'resolved']);
    expect(dependencies.series().map(({ isUnrestored }) => isUnrestored)).toEqual([false, false]);
  });

  it('cannot be switched where nobody runs their proxies', () => {
    const { dependencies } = created(['other']);
    expect(() => dependencies.disturbancesOf(slow, { experiment: first, active: [] })).toThrow(
      'the faults of store are switched by penumbra serve, and by nothing else',
    );
  });

  it('claim no action of a fault that is not on', async () => {
    const { dependencies } = created();
    const [disturbance] = dependencies.disturbancesOf(slow, { experiment: first, active: [] });
    const acted = (faultActed: boolean | null) =>
      dependencies.asSwitched(
        { request: { inputs: [] }, perturbed: false, delayMs: 0, transport: null, faultActed },
        slow,
      ).faultActed;
    expect([true, false, null].map(acted)).toEqual([null, false, null]);
    await disturbance?.begin();
    expect([true, false, null].map(acted)).toEqual([true, false, null]);
    await disturbance?.end();
    expect(acted(true)).toBeNull();
  });

  it('add up the calls of a request over all that saw its arm; one that cannot be asked makes it unknown', async () => {
    const { clock, controls, dependencies } = created();
    const [store, other] = controls;
    await clock.advance(600);
    const from = clock.nowMs();
    const calls = (id: string) => dependencies.callsOf({ arm: 'slow', ids: [id], from, until: from });
    expect(calls('a')).toBeNull();
    Object.assign(store ?? {}, { calls: [{ id: 'a', arm: 'slow', calls: 2 }] });
    await clock.advance(1000);
    expect([calls('a'), calls('b')]).toEqual([2, 0]);
    Object.assign(other ?? {}, { calls: [{ id: 'a', arm: 'slow', calls: 1 }] });
    await clock.advance(1000);
    expect(calls('a')).toBe(3);
    Object.assign(other ?? {}, { isUnreachable: true });
    await clock.advance(1000);
    expect(calls('a')).toBeNull();
  });

  it('show their own promise, and whether they can be seen', async () => {
    const { clock, controls, dependencies } = created(['store']);
    await settle();
    expect(dependencies.series()).toEqual([
      {
        dependency: 'store',
        isReachable: true,
        isPromiseKept: true,
        outcomes: { ok: 9, connect: 1 },
        availability: 0.9,
        latencySeconds: { 50: 0.004, 99: 0.8 },
        promised: { latencySeconds: 0.02, errorRatio: 0.001 },
        broken: { latency: 3, errors: 1 },
        faultsOn: 0,
        isUnrestored: false,
        faulted: 3,
        callsPerRequest: 2,
      },
    ]);
    Object.assign(controls[0] ?? {}, { isUnreachable: true });
    await clock.advance(600);
    expect(dependencies.series()[0]?.isReachable).toBe(false);
  });
});
