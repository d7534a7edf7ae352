// Every series penumbra exports, filled at scrape time from what the runs already hold, most important first: at most so many series,
// whatever the traffic's names are.
import { type AlertsSeries, alertMetrics } from './alerts.ts';
import { type ArmSeries, armMetrics } from './arms.ts';
import { type DependencySeries, dependencyMetrics } from './dependencies.ts';
import { type DrillSeries, drillMetrics } from './drills.ts';
import type { Families, Room } from './families.ts';
import { type HypothesisSeries, hypothesisMetrics, verdictMetrics } from './hypotheses.ts';
import { type LatencySeries, latencyMetrics } from './latency.ts';
import { createRegistry, type MetricsOptions, type MetricsRegistry } from './registry.ts';
import { type RobustnessSeries, robustnessMetrics } from './robustness.ts';
import { type RunsSeries, runMetrics } from './runs.ts';
import { type SegmentedSeries, segmentMetrics } from './segments.ts';
import { type SourcesSeries, sourceMetrics } from './sources.ts';
import { type StruckArm, strikeMetrics } from './strikes.ts';
import { type WatchesSeries, watchMetrics } from './watches.ts';

/** What a scrape needs to know; the comparator collects it. */
export interface MetricsSnapshot {
  readonly runs: RunsSeries;
  readonly arms: readonly (ArmSeries & StruckArm)[];
  readonly hypotheses: readonly (HypothesisSeries & SegmentedSeries)[];
  readonly latencies: readonly LatencySeries[];
  readonly sources: SourcesSeries;
  readonly alerts: AlertsSeries;
  readonly watches: WatchesSeries;
  readonly drills: DrillSeries;
  readonly dependencies: readonly DependencySeries[];
  /** Null before the first suite. */
  readonly robustness: RobustnessSeries | null;
}

/** What traffic or a large suite could fill leaves half of the room to the rest. */
const shares = { segments: 0.4, robustness: 0.3, latency: 0.4 };

export function createMetrics(snapshot: () => MetricsSnapshot, options: MetricsOptions): MetricsRegistry {
  const most = (mostSeries: number) =>
    Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, Math.floor(mostSeries * share)]));
  const make = (families: Families) => {
    const fill = fillers(families);
    return (room: Room): void => fill(snapshot(), room);
  };
  return createRegistry({ make, most }, options);
}

/** In the order of who has room first: what alerts rest on before what only dashboards draw. */
function fillers(families: Families): (now: MetricsSnapshot, room: Room) => void {
  const [runs, alerts, sources] = [runMetrics(families), alertMetrics(families), sourceMetrics(families)];
  const [drills, dependencies, watches] = [drillMetrics(families), dependencyMetrics(families), watchMetrics(families)];
  const [verdicts, arms, strikes] = [verdictMetrics(families), armMetrics(families), strikeMetrics(families)];
  const [hypotheses, latency, segments] = [
    hypothesisMetrics(families),
    latencyMetrics(families),
    segmentMetrics(families),
  ];
  const robustness = robustnessMetrics(families);
  return (now, room) => {
    runs(now.runs, room);
    alerts(now.alerts, room);
    drills(now.drills, room);
    dependencies(now.dependencies, room);
    verdicts(now.hypotheses, room);
    arms(now.arms, room);
    watches(now.watches, room);
    sources(now.sources, room);
    strikes(now.arms, room);
    hypotheses(now.hypotheses, room);
    latency(now.latencies, room);
    segments(now.hypotheses, room);
    if (now.robustness !== null) robustness(now.robustness, room);
  };
}
