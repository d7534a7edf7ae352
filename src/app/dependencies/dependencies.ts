// All dependencies behind the shadow pods: their proxies watched, their faults switched for one run at a time, their calls told
// apart by arm and request.
import { dependencyFaultsOf } from '../../config/dependency-fault.ts';
import type { DependencyConfig } from '../../config/effective.ts';
import { PenumbraError } from '../../errors.ts';
import type { DependencySeries } from '../../io/metrics/dependencies.ts';
import type { Clock, Disturbance, Log } from '../../io/ports.ts';
import type { Alert, Arm, Experiment, Run } from '../../model.ts';
import type { ShadowPlan } from '../../pipeline/run-context.ts';
import type { AskedRequest } from './call-counts.ts';
import type { DependencyControl } from './control.ts';
import { createDependencyDisturbance, type DependencyDisturbance } from './disturbance.ts';
import { createRemovals } from './removal.ts';
import { seriesOf } from './series.ts';
import { createDependencyWatch, type DependencyWatch } from './watch.ts';

export interface Dependencies {
  start(): void;
  stop(): void;
  /** What switches the faults of this arm. @throws RUN_CANNOT_START when nothing here can, or another run uses the dependency */
  disturbancesOf(
    arm: Arm,
    run: { readonly experiment: Experiment; readonly active: readonly { readonly run: Run }[] },
  ): readonly Disturbance[];
  /** The plan as it is, but claims no action of a fault that is not on yet or any more. */
  asSwitched(plan: ShadowPlan, arm: Arm): ShadowPlan;
  /** Over all dependencies that this arm was seen at; null when it cannot be known. */
  callsOf(request: AskedRequest): number | null;
  series(): readonly DependencySeries[];
}

export interface DependenciesOptions {
  /** As the config declares them; faults of others are switched elsewhere. */
  readonly declared: readonly DependencyConfig[];
  /** Empty where nobody starts proxies. */
  readonly controls: readonly DependencyControl[];
  readonly clock: Clock;
  readonly log: Log;
  /** An alert about a dependency that is not back at its baseline. */
  readonly raise: (alert: Alert) => void;
}

interface Taken {
  readonly by: string;
  /** When it was let go, or will not be soon. */
  readonly released: Promise<void>;
  isEnding: () => boolean;
  /** Why it is not let go yet; null until the first try to remove its faults has failed. */
  stuck: string | null;
  isStuck(why: string): void;
}

interface Place {
  readonly watch: DependencyWatch;
  /** Resolves when whoever had it has let go; null while it is free. */
  taken: Taken | null;
  current: DependencyDisturbance | null;
}

export function createDependencies({ declared, controls, clock, log, raise }: DependenciesOptions): Dependencies {
  const removals = createRemovals({ clock, log, raise });
  const places = new Map<string, Place>(
    controls.map((control) => [
      control.name,
      { watch: createDependencyWatch(control, { clock }), taken: null, current: null },
    ]),
  );
  const isDeclared = (name: string): boolean => declared.some((one) => one.name === name);
  const open = (name: string, faults: readonly object[], experiment: string): DependencyDisturbance => {
    const place = places.get(name);
    if (place === undefined)
      throw new PenumbraError(
        'RUN_CANNOT_START',
        `the faults of ${name} are switched by penumbra serve, and by nothing else`,
      );
    let isEnding = false;
    const claim = () => claimPlace(place, { name, by: experiment, isEnding: () => isEnding });
    const remove = async (letGo: () => void): Promise<void> => {
      const why = await removals.begin(place.watch.control, { experiment, onDone: letGo });
      if (why === null) letGo();
      else place.taken?.isStuck(why);
    };
    const made = createDependencyDisturbance({ watch: place.watch, faults, claim, remove, clock, log });
    const end = (): Promise<void> => {
      isEnding = true;
      return made.end();
    };
    place.current = { ...made, end };
    return place.current;
  };
  return {
    start: () => {
      for (const { watch } of places.values()) watch.start();
    },
    stop: () => {
      removals.stop();
      for (const { watch } of places.values()) watch.stop();
    },
    disturbancesOf: (arm, { experiment, active }) =>
      [...dependencyFaultsOf(arm)].flatMap(([name, faults]) => {
        if (!isDeclared(name) || firstUserOf(name, experiment) !== arm.name) return [];
        const user = active.find(({ run }) => isUsedBy(run, { name, but: experiment.name }))?.run;
        if (user !== undefined) throw inUse(name, `the active run ${user.id} of experiment "${user.experiment}"`);
        const stuck = places.get(name)?.taken?.stuck ?? null;
        if (stuck !== null) throw notBack(name, stuck);
        return [open(name, faults, experiment.name)];
      }),
    asSwitched: (plan, arm) => {
      const names = [...dependencyFaultsOf(arm).keys()].filter(isDeclared);
      const isOff = names.some((name) => places.get(name)?.current?.isOn() === false);
      return isOff && plan.faultActed === true ? { ...plan, faultActed: null, applied: [] } : plan;
    },
    callsOf: (request) => {
      const seen = [...places.values()].flatMap(({ watch }) => {
        const calls = watch.calls.of(request);
        return calls === undefined ? [] : [calls];
      });
      if (seen.length === 0 || seen.includes(null)) return null;
      return seen.reduce<number>((total, calls) => total + (calls ?? 0), 0);
    },
    series: () =>
      [...places.values()].map(({ watch, taken }) => ({ ...seriesOf(watch), isUnrestored: taken?.stuck != null })),
  };
}

/** Two runs that start at the same time are told apart here. */
async function claimPlace(
  place: Place,
  { name, by, isEnding }: { name: string; by: string; isEnding: () => boolean },
): Promise<() => void> {
  while (place.taken?.isEnding() === true && place.taken.stuck === null) await place.taken.released;
  if (place.taken?.stuck != null) throw notBack(name, place.taken.stuck);
  if (place.taken !== null) throw inUse(name, `a run of experiment "${place.taken.by}"`);
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const taken: Taken = {
    by,
    released,
    isEnding,
    stuck: null,
    isStuck: (why) => {
      taken.stuck = why;
      release();
    },
  };
  place.taken = taken;
  return () => {
    place.taken = null;
    release();
  };
}

function notBack(name: string, why: string): PenumbraError {
  return new PenumbraError('RUN_CANNOT_START', `the dependency ${name} is not as it was before a run: ${why}`);
}

function inUse(name: string, by: string): PenumbraError {
  return new PenumbraError('RUN_CANNOT_START', `the dependency ${name} is used by ${by}; stop it or wait for its end`);
}

/** Arms of one experiment behind one proxy say the same of it: the first one switches for all. */
function firstUserOf(name: string, { arms }: Experiment): string | undefined {
  return arms.find((arm) => dependencyFaultsOf(arm).has(name))?.name;
}

function isUsedBy({ experiment, endedAt, definition }: Run, { name, but }: { name: string; but: string }): boolean {
  return endedAt === null && experiment !== but && firstUserOf(name, definition) !== undefined;
}
