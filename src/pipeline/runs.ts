// The runs in memory: started by config or on request, resumed exactly after a restart, taken away when they end.
import { messageOf, PenumbraError } from '../errors.ts';
import type { Signals } from '../io/ports.ts';
import type { ArmTally, Store, StoredRun } from '../io/store-port.ts';
import type { Candidate, Experiment, Retried, Run, Stream } from '../model.ts';
import { alertsAtEnd } from './alerts.ts';
import { awaitReady } from './await-ready.ts';
import { commitPending } from './commit-pending.ts';
import { withKeptLessons } from './learn.ts';
import { closeTargets, nothingStored, type OpenRunDeps, openRun } from './open-run.ts';
import type { RunContext } from './run-context.ts';
import { strikesOf } from './strikes.ts';
import { waitsForTruth } from './truth.ts';
import { requireSignals, watchSignals } from './watch-signals.ts';

export interface RunsDeps extends OpenRunDeps {
  readonly store: Store;
  readonly policyHashOf: (experiment: Experiment) => string;
  /** The declared experiment with the candidate that the run was started for. */
  readonly definitionFor: (declared: Experiment, candidate: Candidate) => Experiment;
  readonly newRunId: () => string;
  /** Who knows the stop conditions that are measured elsewhere. */
  readonly signals: Signals;
  /** Why nothing may be sent; null when it may. */
  readonly whyKilled: () => string | null;
}

export interface Runs {
  active(): readonly RunContext[];
  find(id: string): RunContext | null;
  /** Of a run that ended while this comparator ran, by arm: what became of those whose process was struck. */
  strikesOf(id: string): ReturnType<typeof strikesOf>;
  start(experiment: Experiment, candidate: Candidate, options?: StartOptions): Promise<RunContext>;
  /** Takes up every unfinished run of the store; runs of experiments that the config no longer has are stopped. */
  resume(experiments: readonly Experiment[]): Promise<void>;
  /** Closes the arms' targets of a run that ended. */
  remove(context: RunContext): void;
  closeAll(): Promise<void>;
}

export interface StartOptions {
  /** Called when the start can no longer fail, before the run sees any traffic; it must not throw. */
  readonly onStored?: (run: Run) => void;
  /** The run that it tries again. */
  readonly retries?: Retried;
}

export function createRuns(deps: RunsDeps): Runs {
  const { store, clock, log } = deps;
  const contexts = new Map<string, RunContext>();
  const ended = new Map<string, ReturnType<typeof strikesOf>>();
  const stopping = new AbortController();
  const unwatch = new Map<string, () => void>();
  /** Stores what opening changed, then lets traffic in: what cannot be stored never starts. */
  const activate = async (context: RunContext, save: () => void): Promise<RunContext> => {
    try {
      save();
    } catch (thrown) {
      await closeTargets(context, log);
      throw thrown;
    }
    contexts.set(context.run.id, context);
    unwatch.set(context.run.id, watchSignals(context, deps));
    if (context.run.state === 'RUNNING') context.disturbances.begin();
    if (!context.warmUp.armsReady) void awaitReady(context, { clock, log, signal: stopping.signal });
    return context;
  };
  return {
    active: () => [...contexts.values()],
    find: (id) => contexts.get(id) ?? null,
    strikesOf: (id) => ended.get(id) ?? {},
    start: async (experiment, candidate, { onStored = () => {}, retries } = {}) => {
      await requireSignals(experiment, deps.signals);
      const run = { ...newRun(deps, experiment, candidate), ...(retries === undefined ? {} : { retries }) };
      const context = await openRun(deps, run, { ...nothingStored, inherited: inheritedBy(store, run) });
      await requireNotKilled(deps, context);
      log.info({ run: run.id, experiment: run.experiment, candidate }, 'run starts');
      return activate(context, () => {
        store.saveRun(run);
        onStored(run);
      });
    },
    resume: async (experiments) => {
      for (const stored of store.runs()) {
        if (stored.run.endedAt !== null) continue;
        const killed = deps.whyKilled();
        if (killed !== null) {
          endStored(deps, { ...stored.run, state: 'ABORTED', endReason: `kill switch: ${killed}` });
          continue;
        }
        const successor = successorOf(store, stored.run);
        if (successor !== null) {
          endStored(deps, { ...stored.run, state: 'STOPPED', endReason: replacedBy(successor) });
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
      keepStrikes(ended, context);
      unwatch.get(context.run.id)?.();
      unwatch.delete(context.run.id);
      void context.disturbances.end().then(() => closeTargets(context, log));
    },
    closeAll: async () => {
      stopping.abort();
      for (const end of unwatch.values()) end();
      const ended = [...contexts.values()].map(async (context) => {
        await context.disturbances.end();
        await closeTargets(context, log);
      });
      await Promise.all(ended);
      contexts.clear();
    },
  };
}

/** Why a run ended whose experiment goes on with another. */
export function replacedBy({ id }: Run): string {
  return `replaced by run ${id}`;
}

/** A later unfinished run of the same experiment: penumbra died between its start and the end of the one that it replaces. */
function successorOf(store: Store, { id, experiment }: Run): Run | null {
  const unfinished = store.runs().filter(({ run }) => run.experiment === experiment && run.endedAt === null);
  const last = unfinished.at(-1)?.run;
  return last === undefined || last.id === id ? null : last;
}

/** Opening takes its time, and the switch may have been thrown meanwhile. */
async function requireNotKilled({ whyKilled, log }: RunsDeps, context: RunContext): Promise<void> {
  const killed = whyKilled();
  if (killed === null) return;
  await closeTargets(context, log);
  throw new PenumbraError('KILLED', `the kill switch was engaged (${killed}) before the run could start`);
}

const mostEndedKept = 100;

function keepStrikes(ended: Map<string, ReturnType<typeof strikesOf>>, context: RunContext): void {
  const strikes = strikesOf(context);
  if (Object.keys(strikes).length > 0) ended.set(context.run.id, strikes);
  const [oldest] = ended.keys();
  if (ended.size > mostEndedKept && oldest !== undefined) ended.delete(oldest);
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
    const asDeclared = deps.definitionFor(declared, run.candidate);
    const definition = withKeptLessons(asDeclared, run);
    const journalled = store.journalled(run.id);
    const stored = {
      tallies: store.tallies(run.id),
      streams: store.streams(run.id),
      inherited: inheritedBy(store, run),
      closedUntil,
      journalled,
    };
    const context = await openRun(deps, { ...run, definition, policyHash: deps.policyHashOf(asDeclared) }, stored);
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
export function endStored({ store, clock }: Pick<RunsDeps, 'store' | 'clock'>, run: Run): void {
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
