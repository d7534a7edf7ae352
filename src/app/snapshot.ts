// Collects what a scrape of /metrics shows: from the runs in memory, and from the parts that keep counts of their own.
import type { ChaosView } from '../api/comparator.ts';
import { newStreamState, readEvidence, readStream } from '../core/judge/judge-stream.ts';
import { notifyOf } from '../core/judge/notify.ts';
import type { DependencySeries } from '../io/metrics/dependencies.ts';
import type { DrillSeries } from '../io/metrics/drills.ts';
import type { MetricsSnapshot } from '../io/metrics/index.ts';
import type { LatencySeries } from '../io/metrics/latency.ts';
import type { RobustnessSeries } from '../io/metrics/robustness.ts';
import type { EndedRuns } from '../io/metrics/runs.ts';
import type { TapSeries } from '../io/metrics/sources.ts';
import type { Source } from '../io/ports.ts';
import type { TapSource } from '../io/sources/tap.ts';
import type { Store } from '../io/store-port.ts';
import type { Flow } from '../pipeline/flow.ts';
import type { Measure } from '../pipeline/measures.ts';
import { isConserved, type RunContext, sum } from '../pipeline/run-context.ts';
import type { Truths } from '../pipeline/truth.ts';
import type { ArmView, RunView, WatchesView } from '../pipeline/view-types.ts';

export interface ActiveRun {
  readonly context: RunContext;
  /** Without its hypotheses: their evidence is read only as far as it is shown. */
  readonly view: RunView;
  readonly measures: readonly Measure[];
}

export interface SnapshotParts {
  readonly nowMs: number;
  /** Of the config; others have runs too. */
  readonly experiments: readonly string[];
  readonly active: readonly ActiveRun[];
  readonly watches: WatchesView;
  readonly sources: readonly Source[];
  readonly flow: Pick<Flow, 'ignored'>;
  readonly store: Pick<Store, 'undeliveredAlerts' | 'alertCounts' | 'endedRuns' | 'overridesInForce'>;
  readonly truths: Pick<Truths, 'unmatched'>;
  readonly drills: DrillSeries;
  readonly dependencies: readonly DependencySeries[];
  /** Null before the first suite. */
  readonly chaos: ChaosView | null;
  readonly isKilled: boolean;
}

export function snapshotOf(parts: SnapshotParts): MetricsSnapshot {
  const { active, store, watches, drills, dependencies, chaos } = parts;
  return {
    runs: {
      active: active.map(({ context, view }) => runOf(context, view)),
      ended: withZeros(parts.experiments, store.endedRuns()),
      isKilled: parts.isKilled,
      overrides: store.overridesInForce(parts.nowMs).map(({ run }) => run),
    },
    arms: active.flatMap(({ view }) => view.arms.map((arm) => armOf(view.experiment, arm))),
    hypotheses: active.flatMap(({ context, measures }) => measures.map((measure) => hypothesisOf(context, measure))),
    latencies: active.flatMap(({ context }) => latenciesOf(context)),
    sources: {
      losses: parts.sources.flatMap((source) =>
        Object.entries(source.losses()).map(([reason, count]) => ({ source: source.name, reason, count })),
      ),
      ignored: Object.fromEntries(parts.flow.ignored),
      unmatchedOutcomes: parts.truths.unmatched(),
      taps: parts.sources.flatMap((source) => tapsOf(source, parts.nowMs)),
    },
    alerts: { undelivered: store.undeliveredAlerts(), bySink: store.alertCounts() },
    watches: { late: watches.late, series: watches.watches },
    drills,
    dependencies,
    robustness: chaos === null ? null : robustnessOf(chaos),
  };
}

function runOf({ run, shareInForce }: RunContext, { experiment, id, state, startedAt }: RunView) {
  const { maxRequestsPerSecond } = run.definition.blastRadius;
  return { experiment, run: id, state, startedAt, share: shareInForce, maxRequestsPerSecond };
}

const ends = ['COMPLETED', 'ABORTED', 'STOPPED'];

/** An increase is only seen from a number on. */
function withZeros(experiments: readonly string[], ended: readonly EndedRuns[]): EndedRuns[] {
  const zeros = experiments.flatMap((experiment) =>
    ends
      .filter((state) => !ended.some((one) => one.experiment === experiment && one.state === state))
      .map((state) => ({ experiment, state, count: 0 })),
  );
  return [...zeros, ...ended];
}

function armOf(experiment: string, { name, role, version, conservation, statuses, warmUp, strikes }: ArmView) {
  return {
    experiment,
    arm: name,
    role,
    version,
    ...conservation,
    statuses,
    warmUp,
    ...(strikes === undefined ? {} : { strikes }),
    isConserved: isConserved(conservation),
  };
}

function hypothesisOf({ run, streams }: RunContext, measure: Measure): MetricsSnapshot['hypotheses'][number] {
  const { hypothesis } = measure;
  const { id, arm, metric, tolerance, alphaViolated, alphaHolds } = hypothesis;
  const role = run.definition.arms.find(({ name }) => name === arm)?.role ?? 'candidate';
  const state = streams.get(id) ?? newStreamState(measure.size, measure);
  const { verdict } = state;
  return {
    experiment: run.experiment,
    arm,
    role,
    hypothesis: id,
    metric,
    notify: notifyOf(hypothesis, role),
    verdict,
    tolerance,
    logEUpNeeded: -Math.log(alphaViolated),
    logEDownNeeded: -Math.log(alphaHolds),
    read: () => {
      const { evidence } = readStream(state, measure);
      return verdict === 'UNDECIDED' ? evidence : { ...evidence, stillNeeded: 0 };
    },
    segments: state.segments.map(({ segment, counts, requests, verdict: own }) => ({
      segment,
      verdict: own,
      requests,
      read: () => readEvidence(counts, hypothesis).evidence,
    })),
  };
}

/** Production's is said once: by the arm that was compared with the most of it. */
function latenciesOf({ run: { experiment }, arms }: RunContext): LatencySeries[] {
  const total = (counts: readonly number[]): number => sum(Object.fromEntries(counts.entries()));
  const all = arms.map(({ tally }) => tally.productionLatency);
  const [most] = all.toSorted((one, other) => total(other) - total(one));
  return [
    ...(most === undefined ? [] : [{ experiment, arm: null, counts: most }]),
    ...arms.map(({ arm, tally }) => ({ experiment, arm: arm.name, counts: tally.latency })),
  ];
}

function tapsOf(source: Source, nowMs: number): TapSeries[] {
  if (!('taps' in source)) return [];
  return (source as TapSource).taps().map((tap) => ({ ...tap, silentSeconds: (nowMs - tap.heardAt) / 1000 }));
}

function robustnessOf({ endedAt, card }: ChaosView): RobustnessSeries {
  return { endedAt, cells: card?.cells ?? [] };
}
