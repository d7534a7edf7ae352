// Drills: a known regression is planted in a shadow, the alert it must raise takes the way of every alert, and how long it took, or how far
// it came, is kept. One at a time, beside ordinary runs, under the kill switch like everything else.

import { defaultDrill } from '../../config/drill.ts';
import { drillName } from '../../config/drill-config.ts';
import { drillExperiment } from '../../config/drill-experiment.ts';
import { plantedText } from '../../config/drill-text.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import { PenumbraError } from '../../errors.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Drill, Store } from '../../io/store-port.ts';
import type { CloseDeps } from '../../pipeline/close-buckets.ts';
import { endStored, type Runs } from '../../pipeline/runs.ts';
import type { KillSwitch } from '../kill-switch.ts';
import { createSchedule, type Schedule } from '../schedule.ts';
import { createAdvance } from './advance-drill.ts';
import type { LookForArrival } from './look-for-arrival.ts';
import type { Witness } from './witness.ts';

export interface StartDrill {
  readonly by: Drill['by'];
  /** Who asks looks for the alert where it should arrive, and says so. */
  readonly awaitsArrival: boolean;
}

export interface Drills {
  /** Throws KILLED, DRILL_CANNOT_START, and what starting a run throws. */
  start(options: StartDrill): Promise<Drill>;
  /** Throws DRILL_NOT_FOUND. */
  find(id: string): Drill;
  /** The newest first. */
  list(): readonly Drill[];
  /** The alert was seen there. A drill that has ended stays as it is. Throws DRILL_NOT_FOUND. */
  arrived(id: string, where: string): Drill;
  /** Ends what a restart has interrupted, and begins to wait for the scheduled times. */
  open(): void;
  /** Moves the drill on that runs, when one does. Call it a few times a second; never throws. */
  tick(): void;
  close(): void;
}

export interface DrillsDeps {
  readonly config: EffectiveConfig;
  readonly store: Store;
  readonly runs: Runs;
  readonly closing: CloseDeps;
  readonly killSwitch: KillSwitch;
  readonly witness: Witness;
  readonly clock: Clock;
  readonly log: Log;
  readonly lookForArrival: LookForArrival;
}

const mostListed = 100;

export function createDrills(deps: DrillsDeps): Drills {
  const { config, store, clock, log } = deps;
  const current = createAdvance(deps);
  let isStarting = false;
  let schedule: Schedule | null = null;
  const isBusy = (): boolean => isStarting || current.drill() !== null;
  const start: Drills['start'] = async (options) => {
    requireFree(deps, isBusy() ? (current.drill()?.id ?? 'one that is starting') : null);
    isStarting = true;
    try {
      const drill = await startOne(deps, options);
      current.take(drill);
      return drill;
    } finally {
      isStarting = false;
    }
  };
  const find = (id: string): Drill => {
    const running = current.drill();
    const found = running?.id === id ? running : store.drill(id);
    if (found === null) throw new PenumbraError('DRILL_NOT_FOUND', `there is no drill "${id}"`);
    return found;
  };
  return {
    start,
    find,
    list: () => store.drills(mostListed).map(({ id }) => find(id)),
    arrived: (id, where) => {
      find(id);
      current.arrived(id, where);
      return find(id);
    },
    open: () => {
      endInterrupted(deps);
      const times = config.drill?.schedule ?? null;
      // A replay tells nobody.
      if (times === null || config.alerts.length === 0) return;
      const run = async (): Promise<void> => void (await start({ by: 'schedule', awaitsArrival: false }));
      schedule = createSchedule(times, run, { clock, log, name: drillName, isBusy });
    },
    tick: current.tick,
    close: () => schedule?.stop(),
  };
}

function requireFree({ killSwitch }: DrillsDeps, running: string | null): void {
  const killed = killSwitch.state();
  if (killed !== null) {
    const message = `the kill switch is engaged (${killed.reason}); release it first: penumbra kill --release WHY`;
    throw new PenumbraError('KILLED', message);
  }
  if (running !== null)
    throw new PenumbraError('DRILL_CANNOT_START', `a drill is running: ${running}; wait for its end`);
}

const nobody = { target: null, digest: null, ref: null };

async function startOne({ config, runs, store, clock, witness }: DrillsDeps, options: StartDrill): Promise<Drill> {
  const { production, source, inputs, decisions, experiments } = config;
  const known = { production, source, inputs, decisions, experiments, env: {}, directory: '' };
  const hasAlerts = config.alerts.length > 0;
  const written = hasAlerts ? config.drill : undefined;
  const drill = written ?? defaultDrill({ ...known, experimentsAreComplete: true, hasAlerts });
  const experiment = drillExperiment(drill, config);
  const { run } = await runs.start(experiment, nobody);
  witness.attend(run.id);
  const { maxRequestsPerSecond, maxRequests } = experiment.blastRadius;
  const started: Drill = {
    id: run.id,
    result: null,
    by: options.by,
    experiment: drill.experiment,
    arm: drill.arm,
    planted: plantedText(drill.perturbations),
    withinMs: drill.withinMs,
    ...{ maxRequestsPerSecond, maxRequests },
    startedAt: clock.nowMs(),
    plantedAt: null,
    plantedRequests: 0,
    verdict: null,
    deliveries: witness.seen().deliveries,
    arrival: { isAwaited: options.awaitsArrival || drill.receiver !== null, at: null, where: null },
    endedAt: null,
    reason: null,
  };
  store.saveDrill(started);
  return started;
}

/** Their alerts resolve with their runs; what the sinks have not taken yet goes on its way. */
function endInterrupted({ store, clock }: DrillsDeps): void {
  const reason = 'interrupted by a restart of penumbra';
  for (const { run } of store.runs()) {
    if (run.experiment !== drillName || run.endedAt !== null) continue;
    endStored({ store, clock }, { ...run, state: 'STOPPED', endReason: reason });
  }
  for (const drill of store.drills(mostListed)) {
    if (drill.endedAt !== null) continue;
    store.saveDrill({ ...drill, result: 'interrupted', reason, endedAt: clock.nowMs() });
  }
}
