// A run's memory: its arms' targets opened, its tallies and open streams taken from the store (empty for a new run).
import { latencyBuckets } from '../core/stats/latency-histogram.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Clock, Disturbance, Log, Target } from '../io/ports.ts';
import type { ArmTally, Journalled } from '../io/store-port.ts';
import type { Arm, Exchange, Experiment, Hypothesis, Run, Stream, TargetSpec } from '../model.ts';
import { supersession, unknownVersion } from './accumulate.ts';
import { resolvedAlerts } from './alerts.ts';
import { newAllowance } from './allowance.ts';
import { createCut } from './cut.ts';
import { createDisturbances } from './disturb.ts';
import { type ArmLesson, newLessons } from './learn.ts';
import type { RunPurse } from './purse.ts';
import { newRamp } from './ramp.ts';
import {
  type ArmContext,
  createTally,
  increase,
  noChanges,
  type PendingChanges,
  type RunContext,
  type ShadowPlan,
} from './run-context.ts';
import { createStops } from './stop.ts';

export interface OpenRunDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly openTarget: (arm: Arm, target: TargetSpec) => Promise<Target>;
  /** What is done to an arm apart from its requests, not yet begun. Throws PenumbraError for what can never begin. */
  readonly disturbancesOf: (
    arm: Arm,
    made: { readonly experiment: Experiment; readonly target: Target },
  ) => readonly Disturbance[];
  readonly planFor: (
    arm: Arm,
    experiment: Experiment,
  ) => (exchange: Exchange, options: { faultsOn: boolean }) => ShadowPlan;
  readonly hypothesisHashOf: (experiment: Experiment, hypothesis: Hypothesis) => string;
  /** What its copies are paid from besides its own rate. */
  readonly pursesOf: (experiment: Experiment) => readonly RunPurse[];
}

/** What the store knows of a run. */
export interface Stored {
  readonly tallies: readonly ArmTally[];
  readonly streams: readonly Stream[];
  /** Of the epoch before. */
  readonly inherited: readonly Stream[];
  readonly closedUntil: number;
  /** Its uncommitted exchanges were lost when penumbra died: they become drops. */
  readonly journalled: Journalled;
}

export const nothingStored: Stored = {
  tallies: [],
  streams: [],
  inherited: [],
  closedUntil: 0,
  journalled: { scored: 0, uncommitted: 0 },
};

/** Throws what opening a target throws, and RUN_CANNOT_START when an arm has none; nothing stays open then. */
export async function openRun(deps: OpenRunDeps, run: Run, stored: Stored): Promise<RunContext> {
  const experiment = run.definition;
  const arms = await openArms(deps, experiment, stored);
  const { kept, redefined } = sortStreams(deps, experiment, stored.streams);
  const isWarm = run.state === 'RUNNING';
  const lessons = isWarm ? new Map<string, ArmLesson>() : newLessons(experiment);
  const nowMs = deps.clock.nowMs();
  const paceMs = deps.clock.paceMs ?? deps.clock.monotonicMs;
  const generations = new Map<string, number>();
  for (const { hypothesis, generation } of stored.streams) {
    generations.set(hypothesis, Math.max(generation, generations.get(hypothesis) ?? 0));
  }
  return {
    run,
    arms,
    control: arms.findIndex(({ arm }) => arm.role === 'control'),
    streams: new Map(kept.map((stream) => [stream.hypothesis, stream])),
    inherited: stored.inherited,
    generations,
    pending: changesOf(run, redefined, nowMs),
    isUncommitted: false,
    buckets: new Map(),
    truths: [],
    warmUp: {
      sent: isWarm ? experiment.warmUpRequests : 0,
      waiting: 0,
      armsReady: isWarm,
    },
    lessons,
    stops: createStops(experiment, nowMs),
    cut: createCut(),
    disturbances: createDisturbances(
      arms.flatMap((arm) => arm.disturbances),
      deps,
    ),
    closedUntil: stored.closedUntil,
    // The journal is pruned some day; what was compared is not.
    admitted: Math.max(stored.journalled.scored, ...arms.map(({ tally }) => tally.compared)),
    allowance: newAllowance(experiment.blastRadius, { nowMs: paceMs(), spent: stored.journalled.uncommitted }),
    purses: deps.pursesOf(experiment),
    paceMs,
    ramp: newRamp(),
    shareInForce: experiment.ramp?.shares[0] ?? experiment.share,
    lastBucketAt: null,
  };
}

async function openArms(deps: OpenRunDeps, experiment: Experiment, stored: Stored): Promise<ArmContext[]> {
  const arms: ArmContext[] = [];
  try {
    for (const arm of experiment.arms) {
      if (arm.target === null) {
        throw new PenumbraError('RUN_CANNOT_START', `arm "${arm.name}" requires a candidate: none was named`);
      }
      const tally = createTally(stored.tallies.find((one) => one.arm === arm.name) ?? null, latencyBuckets);
      const lost = stored.journalled.uncommitted;
      tally.received += lost;
      if (lost > 0) increase(tally.dropped, 'restart', lost);
      const plan = deps.planFor(arm, experiment);
      const target = await deps.openTarget(arm, arm.target);
      const known = tally.versions?.armVersion ?? unknownVersion;
      // Known to be closed from here on, whatever fails.
      const opened = {
        arm,
        target,
        plan,
        tally,
        disturbances: [] as Disturbance[],
        version: known === unknownVersion ? null : known,
        inFlight: 0,
      };
      arms.push(opened);
      opened.disturbances.push(...deps.disturbancesOf(arm, { experiment, target }));
    }
    return arms;
  } catch (thrown) {
    await Promise.all(arms.map(({ target }) => target.close()));
    throw thrown;
  }
}

/** Counts of another definition are another stream: a hypothesis that the config changed starts anew. */
function sortStreams(
  { hypothesisHashOf }: OpenRunDeps,
  experiment: Experiment,
  streams: readonly Stream[],
): { kept: Stream[]; redefined: Stream[] } {
  const keys = new Map(experiment.hypotheses.map((one) => [one.id, hypothesisHashOf(experiment, one)]));
  const open = streams.filter(({ state }) => state === 'OPEN');
  const isKept = ({ hypothesis, hypothesisHash }: Stream): boolean => keys.get(hypothesis) === hypothesisHash;
  return { kept: open.filter(isKept), redefined: open.filter((stream) => !isKept(stream)) };
}

function changesOf(run: Run, redefined: readonly Stream[], at: number): PendingChanges {
  const sentence = 'the config defines it otherwise now: the evidence starts anew';
  return {
    ...noChanges(),
    superseded: redefined.map((stream) => ({ ...stream, state: 'SUPERSEDED' })),
    verdicts: redefined.map((stream) => supersession(stream, { at, sentence })),
    alerts: [...resolvedAlerts(run, redefined, { at, summary: sentence })],
  };
}

export async function closeTargets({ arms }: RunContext, log: Log): Promise<void> {
  for (const { arm, target } of arms) {
    try {
      await target.close();
    } catch (thrown) {
      log.warn({ arm: arm.name, problem: messageOf(thrown) }, 'an arm did not close cleanly');
    }
  }
}
