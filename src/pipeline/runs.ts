// The runs in memory: started by config or on request, resumed exactly after a restart, taken away when they end.
import { latencyBuckets } from '../core/stats/latency-histogram.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Clock, Log, Target } from '../io/ports.ts';
import type { ArmTally, Store } from '../io/store-port.ts';
import type { Arm, Candidate, Exchange, Experiment, Hypothesis, Run, Stream, TargetSpec } from '../model.ts';
import { type ArmContext, createTally, increase, noChanges, type RunContext, type ShadowPlan } from './run-context.ts';
import { createStops } from './stop.ts';

export interface RunsDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly openTarget: (arm: Arm, target: TargetSpec) => Promise<Target>;
  readonly planFor: (
    arm: Arm,
    experiment: Experiment,
  ) => (exchange: Exchange, options: { faultsOn: boolean }) => ShadowPlan;
  /** The declared experiment with the candidate that the run was started for. Throws when it may not be tried any more. */
  readonly definitionFor: (declared: Experiment, candidate: Candidate) => Experiment;
  readonly policyHashOf: (experiment: Experiment) => string;
  readonly hypothesisHashOf: (experiment: Experiment, hypothesis: Hypothesis) => string;
  readonly newRunId: () => string;
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

  const activate = async (run: Run, stored: Stored): Promise<RunContext> => {
    const context = await createContext(deps, run, stored);
    contexts.set(run.id, context);
    void awaitReady(context, { clock, log, signal: stopping.signal });
    return context;
  };

  return {
    active: () => [...contexts.values()],
    find: (id) => contexts.get(id) ?? null,
    start: async (experiment, candidate) => {
      const nowMs = clock.nowMs();
      const run: Run = {
        id: deps.newRunId(),
        experiment: experiment.name,
        definition: experiment,
        policyHash: deps.policyHashOf(experiment),
        candidate,
        state: 'WARMING',
        startedAt: nowMs,
        scoringSince: null,
        endedAt: null,
        endReason: null,
      };
      const context = await activate(run, { tallies: [], streams: [], closedUntil: 0, lost: 0 });
      store.saveRun(run);
      log.info({ run: run.id, experiment: run.experiment, candidate }, 'run started');
      return context;
    },
    resume: async (experiments) => {
      for (const { run, closedUntil } of store.runs()) {
        if (run.endedAt !== null) continue;
        const definition = experiments.find((experiment) => experiment.name === run.experiment);
        if (definition === undefined) {
          store.saveRun({
            ...run,
            state: 'STOPPED',
            endedAt: clock.nowMs(),
            endReason: 'experiment_removed_from_config',
          });
          continue;
        }
        const resumed: Run = {
          ...run,
          definition: deps.definitionFor(definition, run.candidate),
          policyHash: deps.policyHashOf(definition),
        };
        const lost = store.takeUncommitted(run.id, closedUntil);
        const stored = { tallies: store.tallies(run.id), streams: store.streams(run.id), closedUntil, lost };
        const context = await activate(resumed, stored);
        for (const { outcome, labels } of truthsSince(store, run.id, closedUntil)) {
          context.pendingTruths.push({ outcome, labels });
        }
        log.info({ run: run.id, experiment: run.experiment, droppedByRestart: lost }, 'run resumed');
      }
    },
    remove: (context) => {
      contexts.delete(context.run.id);
      void closeTargets(context, log);
    },
    closeAll: async () => {
      stopping.abort();
      await Promise.all([...contexts.values()].map((context) => closeTargets(context, log)));
      contexts.clear();
    },
  };
}

interface Stored {
  readonly tallies: readonly ArmTally[];
  readonly streams: readonly Stream[];
  readonly closedUntil: number;
  /** Exchanges that were journalled but not committed when penumbra died. */
  readonly lost: number;
}

async function createContext(deps: RunsDeps, run: Run, stored: Stored): Promise<RunContext> {
  const experiment = run.definition;
  const arms: ArmContext[] = [];
  try {
    for (const arm of experiment.arms) {
      if (arm.target === null)
        throw new PenumbraError('RUN_CANNOT_START', `arm "${arm.name}" requires a candidate: none was named`);
      const tally = createTally(stored.tallies.find((one) => one.arm === arm.name) ?? null, latencyBuckets);
      tally.received += stored.lost;
      if (stored.lost > 0) increase(tally.dropped, 'restart', stored.lost);
      const target = await deps.openTarget(arm, arm.target);
      arms.push({ arm, target, plan: deps.planFor(arm, experiment), tally, version: null, inFlight: 0 });
    }
  } catch (thrown) {
    await Promise.all(arms.map((arm) => arm.target.close()));
    throw thrown;
  }
  const keys = new Set(experiment.hypotheses.map((hypothesis) => deps.hypothesisHashOf(experiment, hypothesis)));
  const redefined = stored.streams
    .filter((stream) => stream.state === 'OPEN' && !keys.has(stream.hypothesisHash))
    .map((stream): Stream => ({ ...stream, state: 'SUPERSEDED' }));
  const open = stored.streams.filter((stream) => stream.state === 'OPEN' && keys.has(stream.hypothesisHash));
  const isWarm = run.state === 'RUNNING';
  return {
    run,
    arms,
    control: arms.findIndex(({ arm }) => arm.role === 'control'),
    streams: new Map(open.map((stream) => [stream.hypothesis, stream])),
    pending: { ...noChanges(), superseded: redefined },
    buckets: new Map(),
    pendingTruths: [],
    warmUp: {
      sent: isWarm ? experiment.warmUpRequests : 0,
      waiting: 0,
      armsReady: isWarm,
      since: deps.clock.monotonicMs(),
    },
    stops: createStops(experiment.stopWhen),
    closedUntil: stored.closedUntil,
    admitted: arms[0] === undefined ? 0 : arms[0].tally.compared + stored.lost,
    shareInForce: experiment.share,
    lastBucketAt: null,
    newestPairAt: null,
  };
}

const probeEveryMs = 250;

/** Waits until every arm can answer, or its time is up: an arm that never does is judged by its outcomes. */
async function awaitReady(
  context: RunContext,
  { clock, log, signal }: { clock: Clock; log: Log; signal: AbortSignal },
): Promise<void> {
  const giveUpAtMs = clock.monotonicMs() + context.run.definition.readyTimeoutMs;
  const probe = async (arm: ArmContext): Promise<void> => {
    let problem = '';
    while (!signal.aborted && clock.monotonicMs() < giveUpAtMs && context.run.endedAt === null) {
      try {
        const { version } = await arm.target.ready(AbortSignal.any([signal, AbortSignal.timeout(2000)]));
        arm.version = version ?? arm.version;
        return;
      } catch (thrown) {
        problem = messageOf(thrown);
      }
      await new Promise<void>((resume) => clock.after(probeEveryMs, resume));
    }
    log.warn({ run: context.run.id, arm: arm.arm.name, problem }, 'the arm did not become ready in time');
  };
  await Promise.all(context.arms.map(probe));
  context.warmUp.armsReady = true;
}

function truthsSince(store: Store, runId: string, closedUntil: number): RunContext['pendingTruths'] {
  return store.outcomesSince(closedUntil).flatMap((outcome) => {
    const labels = store.labelsOf(outcome.exchangeId).find((one) => one.runId === runId);
    return labels === undefined ? [] : [{ outcome, labels }];
  });
}

async function closeTargets(context: RunContext, log: Log): Promise<void> {
  for (const { arm, target } of context.arms) {
    try {
      await target.close();
    } catch (thrown) {
      log.warn({ arm: arm.name, problem: messageOf(thrown) }, 'an arm did not close cleanly');
    }
  }
}
