// The runs in memory: started by config or on request, resumed exactly after a restart, taken away when they end.
import { messageOf, PenumbraError } from '../errors.ts';
import type { ArmTally, Store, StoredRun } from '../io/store-port.ts';
import type { Candidate, Experiment, Run, Stream } from '../model.ts';
import { alertsAtEnd } from './alerts.ts';
import { awaitReady } from './await-ready.ts';
import { commitPending } from './commit-pending.ts';
import { closeTargets, nothingStored, type OpenRunDeps, openRun } from './open-run.ts';
import type { RunContext } from './run-context.ts';
import { waitsForTruth } from './truth.ts';

export interface RunsDeps extends OpenRunDeps {
  readonly store: Store;
  readonly policyHashOf: (experiment: Experiment) => string;
  /** The declared experiment with the candidate that the run was started for. */
  readonly definitionFor: (declared: Experiment, candidate: Candidate) => Experiment;
  readonly newRunId: () => string;
  /** Why nothing may be sent; null when it may. */
  readonly whyKilled: () => string | null;
}

export interface Runs {
  active(): readonly RunContext[];
  find(id: string): RunContext | null;
  start(experiment: Experiment, candidate: Candidate): Promise<RunContext>;
  /** Takes up every unfinished run of the store; runs of experiments that the config no longer has are stopped. */
  resume(experiments: readonly Experiment[]): Promise<void>;
  /** Closes the arms' targets of a run that ended. */
  remove(context: RunContext): void;
  closeAll(): Promise<void>;
}

export function createRuns(deps: RunsDeps): Runs {
  const { store, clock, log } = deps;
  const contexts = new Map<string, RunContext>();
  const stopping = new AbortController();
  /** Stores what opening changed, then lets traffic in: what cannot be stored never starts. */
  const activate = async (context: RunContext, save: () => void): Promise<RunContext> => {
    try {
      save();
    } catch (thrown) {
      await closeTargets(context, log);
      throw thrown;
    }
    contexts.set(context.run.id, context);
    if (context.run.state === 'RUNNING') context.disturbances.begin();
    if (!context.warmUp.armsReady) void awaitReady(context, { clock, log, signal: stopping.signal });
    return context;
  };
  return {
    active: () => [...contexts.values()],
    find: (id) => contexts.get(id) ?? null,
    start: async (experiment, candidate) => {
      const run = newRun(deps, experiment, candidate);
      const context = await openRun(deps, run, { ...nothingStored, inherited: inheritedBy(store, run) });
      log.info({ run: run.id, experiment: run.experiment, candidate }, 'run starts');
      return activate(context, () => store.saveRun(run));
    },
    resume: async (experiments) => {
      for (const stored of store.runs()) {
        if (stored.run.endedAt !== null) continue;
        const killed = deps.whyKilled();
        if (killed !== null) {
          endStored(deps, { ...stored.run, state: 'ABORTED', endReason: `kill switch: ${killed}` });
          continue;
        }
        const context = await resumeOne(deps, stored, experiments);
        if (context !== null) {
          await activate(context, () => commitPending(deps, context, { dropsUncommitted: true }));
        }
      }
    },
    remove: (context) => {
      contexts.delete(context.run.id);
      void context.disturbances.end().then(() => closeTargets(context, log));
    },
    closeAll: async () => {
      stopping.abort();
      const ended = [...contexts.values()].map(async (context) => {
        await context.disturbances.end();
        await closeTargets(context, log);
      });
      await Promise.all(ended);
      contexts.clear();
    },
  };
}

/** What the epoch before a run of a continuous experiment has left behind. */
function inheritedBy(store: Store, { id, experiment, definition }: Run): readonly Stream[] {
  if (definition.epochMs === null) return [];
  const before = store.runs().findLast(({ run }) => run.experiment === experiment && run.id !== id)?.run;
  if (before?.endReason !== 'epoch') return [];
  return store.streams(before.id).filter(({ state }) => state === 'OPEN');
}

function newRun({ clock, newRunId, policyHashOf }: RunsDeps, experiment: Experiment, candidate: Candidate): Run {
  return {
    id: newRunId(),
    experiment: experiment.name,
    definition: experiment,
    policyHash: policyHashOf(experiment),
    candidate,
    state: 'WARMING',
    startedAt: clock.nowMs(),
    scoringSince: null,
    endedAt: null,
    endReason: null,
  };
}

/** Reasons that no later start would mend. Others (a secret that is not there) stop the start, and nothing is lost. */
const hopeless: readonly string[] = ['MODEL_NOT_FOUND', 'MODEL_INVALID', 'CANDIDATE_NOT_ALLOWED', 'RUN_CANNOT_START'];

/** Null when the run cannot go on; it has ended then. */
async function resumeOne(
  deps: RunsDeps,
  { run, closedUntil }: StoredRun,
  experiments: readonly Experiment[],
): Promise<RunContext | null> {
  const { store, log } = deps;
  const declared = experiments.find(({ name }) => name === run.experiment);
  if (declared === undefined) {
    endStored(deps, { ...run, state: 'STOPPED', endReason: 'experiment_removed_from_config' });
    return null;
  }
  try {
    const definition = deps.definitionFor(declared, run.candidate);
    const journalled = store.journalled(run.id);
    const stored = {
      tallies: store.tallies(run.id),
      streams: store.streams(run.id),
      inherited: inheritedBy(store, run),
      closedUntil,
      journalled,
    };
    const context = await openRun(deps, { ...run, definition, policyHash: deps.policyHashOf(definition) }, stored);
    if (waitsForTruth(definition)) context.truths = [...store.outcomesSince(closedUntil)];
    log.info({ run: run.id, experiment: run.experiment, droppedByRestart: journalled.uncommitted }, 'run resumed');
    return context;
  } catch (thrown) {
    if (!(thrown instanceof PenumbraError) || !hopeless.includes(thrown.code)) throw thrown;
    log.error({ run: run.id, experiment: run.experiment, problem: messageOf(thrown) }, 'the run cannot be resumed');
    endStored(deps, { ...run, state: 'ABORTED', endReason: `it could not be resumed: ${messageOf(thrown)}` });
    return null;
  }
}

/** Ends a run that is not in memory. */
function endStored({ store, clock }: RunsDeps, run: Run): void {
  const endedAt = clock.nowMs();
  const ended: Run = { ...run, endedAt };
  const { uncommitted } = store.journalled(run.id);
  const streams = store.streams(run.id).filter(({ state }) => state === 'OPEN');
  store.commit(
    {
      run: ended,
      closedUntil: Number.MAX_SAFE_INTEGER,
      streams: [],
      tallies: store.tallies(run.id).map((tally) => withLost(tally, uncommitted)),
      verdictChanges: [],
      labels: [],
      samples: [],
      alerts: alertsAtEnd(ended, streams, endedAt),
    },
    { dropsUncommitted: true },
  );
}

function withLost(tally: ArmTally, lost: number): ArmTally {
  if (lost === 0) return tally;
  const { received, dropped } = tally;
  return { ...tally, received: received + lost, dropped: { ...dropped, restart: (dropped.restart ?? 0) + lost } };
}
