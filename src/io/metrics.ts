// The one metrics file: every series penumbra exports, filled at scrape time from what the runs already hold.
import { Gauge, Registry } from 'prom-client';
import type { Verdict } from '../model.ts';

const verdicts: readonly Verdict[] = ['HOLDS', 'VIOLATED', 'UNDECIDED', 'DIFFERENT', 'REGRESSED'];

/** What a scrape needs to know; app.ts collects it. */
export interface MetricsSnapshot {
  readonly arms: readonly ArmSeries[];
  readonly hypotheses: readonly HypothesisSeries[];
  readonly runs: readonly { readonly experiment: string; readonly run: string; readonly state: string }[];
  readonly sources: readonly { readonly source: string; readonly reason: string; readonly count: number }[];
  readonly ignored: Readonly<Record<string, number>>;
  readonly undeliveredAlerts: number;
  readonly unmatchedOutcomes: number;
  readonly watches: { readonly late: number; readonly series: readonly WatchSeries[] };
}

export interface ArmSeries {
  readonly experiment: string;
  readonly arm: string;
  readonly received: number;
  readonly compared: number;
  readonly inFlight: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
  readonly statuses: Readonly<Record<string, number>>;
  readonly isConserved: boolean;
  /** Seconds by quantile, "0.5" and "0.99". */
  readonly latencySeconds: Readonly<Record<string, number>>;
}

export interface HypothesisSeries {
  readonly experiment: string;
  readonly arm: string;
  readonly hypothesis: string;
  readonly verdict: Verdict;
  readonly n: number;
  readonly estimate: number | null;
  readonly interval: readonly [number, number] | null;
  readonly tolerance: number;
  readonly logEUp: number;
  readonly logEDown: number;
}

export interface WatchSeries {
  readonly id: string;
  readonly status: string;
  /** Judged since it began. */
  readonly n: number;
  readonly seen: number;
  readonly tolerance: number;
  readonly recent: { readonly rate: number | null; readonly interval: readonly [number, number] | null };
}

export interface MetricsRegistry {
  expose(): Promise<{ contentType: string; text: string }>;
}

export function createMetrics(snapshot: () => MetricsSnapshot): MetricsRegistry {
  const registry = new Registry();
  const fillers = [armMetrics(registry), hypothesisMetrics(registry), watchMetrics(registry), ownMetrics(registry)];
  return {
    expose: async () => {
      const now = snapshot();
      for (const fill of fillers) fill(now);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

type Fill = (snapshot: MetricsSnapshot) => void;

function gaugeIn(registry: Registry): (name: string, help: string, labels?: readonly string[]) => Gauge<string> {
  return (name, help, labels = []) => new Gauge({ name, help, labelNames: labels, registers: [registry] });
}

function armMetrics(registry: Registry): Fill {
  const gauge = gaugeIn(registry);
  const labels = ['experiment', 'arm'];
  const received = gauge('penumbra_exchanges_received', 'Exchanges that the active run received, per arm', labels);
  const compared = gauge('penumbra_exchanges_compared', 'Exchanges whose pair was counted in a closed bucket', labels);
  const inFlight = gauge('penumbra_exchanges_in_flight', 'Exchanges dispatched and not yet in a closed bucket', labels);
  const skipped = gauge('penumbra_exchanges_skipped', 'Exchanges left out before anything was known, by reason', [
    ...labels,
    'reason',
  ]);
  const dropped = gauge('penumbra_exchanges_dropped', 'Exchanges lost by penumbra itself, by reason', [
    ...labels,
    'reason',
  ]);
  const outcomes = gauge('penumbra_arm_outcomes', 'Outcomes of the arm by status', [...labels, 'status']);
  const conserved = gauge(
    'penumbra_conservation_ok',
    '1 while received = compared + skipped + dropped + in flight',
    labels,
  );
  const latency = gauge('penumbra_arm_latency_seconds', 'Latency quantiles of the arm’s ok answers in this run', [
    ...labels,
    'quantile',
  ]);
  return ({ arms }) => {
    for (const one of [received, compared, inFlight, skipped, dropped, outcomes, conserved, latency]) one.reset();
    for (const { experiment, arm, ...series } of arms) {
      received.set({ experiment, arm }, series.received);
      compared.set({ experiment, arm }, series.compared);
      inFlight.set({ experiment, arm }, series.inFlight);
      conserved.set({ experiment, arm }, series.isConserved ? 1 : 0);
      for (const [reason, count] of Object.entries(series.skipped)) skipped.set({ experiment, arm, reason }, count);
      for (const [reason, count] of Object.entries(series.dropped)) dropped.set({ experiment, arm, reason }, count);
      for (const [status, count] of Object.entries(series.statuses)) outcomes.set({ experiment, arm, status }, count);
      for (const [quantile, s] of Object.entries(series.latencySeconds)) latency.set({ experiment, arm, quantile }, s);
    }
  };
}

function hypothesisMetrics(registry: Registry): Fill {
  const gauge = gaugeIn(registry);
  const labels = ['experiment', 'arm', 'hypothesis'];
  const state = gauge('penumbra_hypothesis_verdict', '1 for the verdict in force, 0 for the others', [
    ...labels,
    'verdict',
  ]);
  const observations = gauge('penumbra_hypothesis_observations', 'Observations behind the verdict', labels);
  const estimate = gauge('penumbra_hypothesis_estimate', 'Estimated rate or difference', labels);
  const bound = gauge('penumbra_hypothesis_interval', 'Bounds of the interval that covers at all times', [
    ...labels,
    'bound',
  ]);
  const tolerance = gauge('penumbra_hypothesis_tolerance', 'The declared limit', labels);
  const evidence = gauge('penumbra_hypothesis_log_evidence', 'Natural logarithm of the e-value, up = over the limit', [
    ...labels,
    'direction',
  ]);
  return ({ hypotheses }) => {
    for (const one of [state, observations, estimate, bound, tolerance, evidence]) one.reset();
    for (const { experiment, arm, hypothesis, ...series } of hypotheses) {
      const own = { experiment, arm, hypothesis };
      for (const verdict of verdicts) state.set({ ...own, verdict }, series.verdict === verdict ? 1 : 0);
      observations.set(own, series.n);
      tolerance.set(own, series.tolerance);
      if (series.estimate !== null) estimate.set(own, series.estimate);
      if (series.interval !== null) {
        bound.set({ ...own, bound: 'lower' }, series.interval[0]);
        bound.set({ ...own, bound: 'upper' }, series.interval[1]);
      }
      if (Number.isFinite(series.logEUp)) evidence.set({ ...own, direction: 'up' }, series.logEUp);
      if (Number.isFinite(series.logEDown)) evidence.set({ ...own, direction: 'down' }, series.logEDown);
    }
  };
}

const watchStatuses = ['NO_DATA', 'LEARNING', 'QUIET', 'REGRESSED'];

function watchMetrics(registry: Registry): Fill {
  const gauge = gaugeIn(registry);
  const labels = ['watch'];
  const state = gauge('penumbra_watch_state', '1 for the state of each watch on production, 0 for the others', [
    ...labels,
    'state',
  ]);
  const seen = gauge('penumbra_watch_requests', 'Production requests in closed buckets since the watch began', labels);
  const observations = gauge('penumbra_watch_observations', 'Those of them that could be judged', labels);
  const rate = gauge('penumbra_watch_rate', 'Rate over the latest buckets, or since the incident began', labels);
  const bound = gauge('penumbra_watch_interval', 'Bounds of that rate', [...labels, 'bound']);
  const tolerance = gauge('penumbra_watch_tolerance', 'The declared limit', labels);
  const late = gauge('penumbra_watch_late', 'Production requests that came after their bucket had closed');
  return ({ watches }) => {
    for (const one of [state, seen, observations, rate, bound, tolerance]) one.reset();
    late.set(watches.late);
    for (const { id: watch, status, recent, ...series } of watches.series) {
      for (const one of watchStatuses) state.set({ watch, state: one }, status === one ? 1 : 0);
      seen.set({ watch }, series.seen);
      observations.set({ watch }, series.n);
      tolerance.set({ watch }, series.tolerance);
      if (recent.rate === null || recent.interval === null) continue;
      rate.set({ watch }, recent.rate);
      bound.set({ watch, bound: 'lower' }, recent.interval[0]);
      bound.set({ watch, bound: 'upper' }, recent.interval[1]);
    }
  };
}

function ownMetrics(registry: Registry): Fill {
  const gauge = gaugeIn(registry);
  const runs = gauge('penumbra_run_state', '1 for the state of each run of this process', [
    'experiment',
    'run',
    'state',
  ]);
  const losses = gauge('penumbra_source_losses', 'What a source saw and could not hand over, by reason', [
    'source',
    'reason',
  ]);
  const ignored = gauge('penumbra_exchanges_ignored', 'Messages that are not ours to judge, by reason', ['reason']);
  const undelivered = gauge('penumbra_alerts_undelivered', 'Alerts still waiting for their receiver');
  const unmatched = gauge('penumbra_outcomes_unmatched', 'True outcomes whose exchange is unknown');
  return (snapshot) => {
    for (const one of [runs, losses, ignored]) one.reset();
    for (const { experiment, run, state } of snapshot.runs) runs.set({ experiment, run, state }, 1);
    for (const { source, reason, count } of snapshot.sources) losses.set({ source, reason }, count);
    for (const [reason, count] of Object.entries(snapshot.ignored)) ignored.set({ reason }, count);
    undelivered.set(snapshot.undeliveredAlerts);
    unmatched.set(snapshot.unmatchedOutcomes);
  };
}
