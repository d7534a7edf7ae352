// Dependencies of the model behind their fault proxies: the dependency's own promise beside the model's.
import type { Families, Room } from './families.ts';

export interface DependencySeries {
  readonly dependency: string;
  /** Whether its proxy answered when it was last asked. */
  readonly isReachable: boolean;
  /** Whether the latest minute was as the dependency promises; null while that is unknown or nothing is promised. */
  readonly isPromiseKept: boolean | null;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly availability: number | null;
  /** Seconds by percentile, "50" and "99". */
  readonly latencySeconds: Readonly<Record<string, number>>;
  /** What is promised, where something is. */
  readonly promised: { readonly latencySeconds: number | null; readonly errorRatio: number | null };
  /** Calls that broke the declared promise, by what was promised: latency, errors. */
  readonly broken: Readonly<Record<string, number>>;
  readonly faultsOn: number;
  /** Whether a run ended and its faults are not verified to be gone. */
  readonly isUnrestored: boolean;
  readonly faulted: number;
  readonly callsPerRequest: number | null;
}

export function dependencyMetrics({
  gauge: anyGauge,
}: Families): (dependencies: readonly DependencySeries[], room: Room) => void {
  const gauge = (name: string, help: string, more: readonly string[] = []) =>
    anyGauge(name, help, ['dependency', ...more]);
  const reachable = gauge('penumbra_dependency_reachable', '1 while the fault proxy of the dependency answers');
  const kept = gauge(
    'penumbra_dependency_slo_ok',
    '1 while the latest minute was as the dependency promises: 99 % of calls in time, errors within their share',
  );
  const calls = gauge('penumbra_dependency_calls', 'Calls of the dependency since its proxy began, by outcome', [
    'outcome',
  ]);
  const availability = gauge('penumbra_dependency_availability_ratio', 'Share of the calls that got a good answer');
  const latency = gauge('penumbra_dependency_latency_percentile_seconds', 'How long calls took, faults included', [
    'percentile',
  ]);
  const limit = gauge('penumbra_dependency_promised_latency_seconds', 'The declared limit on how long a call takes');
  const errorLimit = gauge('penumbra_dependency_promised_error_ratio', 'The declared largest share of failed calls');
  const broken = gauge('penumbra_dependency_promise_broken_calls', 'Calls that broke the dependency’s own promise', [
    'promise',
  ]);
  const faultsOn = gauge('penumbra_dependency_faults_on', 'Faults that are switched on');
  const unrestored = gauge(
    'penumbra_dependency_unrestored',
    '1 while a run has ended and its faults are not verified to be gone',
  );
  const faulted = gauge('penumbra_dependency_faulted', 'Calls to which a fault did something');
  const perRequest = gauge('penumbra_dependency_calls_per_request_mean', 'Calls that one request of a pod caused');
  return (dependencies, room) => {
    for (const { dependency, ...series } of dependencies) {
      const { outcomes, latencySeconds, promised } = series;
      const varying = [outcomes, latencySeconds, series.broken].reduce((sum, one) => sum + Object.keys(one).length, 0);
      if (!room.take('dependencies', 9 + varying)) continue;
      reachable.set({ dependency }, series.isReachable ? 1 : 0);
      if (series.isPromiseKept !== null) kept.set({ dependency }, series.isPromiseKept ? 1 : 0);
      for (const [outcome, count] of Object.entries(outcomes)) calls.set({ dependency, outcome }, count);
      for (const [percentile, s] of Object.entries(latencySeconds)) latency.set({ dependency, percentile }, s);
      for (const [promise, count] of Object.entries(series.broken)) broken.set({ dependency, promise }, count);
      faultsOn.set({ dependency }, series.faultsOn);
      unrestored.set({ dependency }, series.isUnrestored ? 1 : 0);
      faulted.set({ dependency }, series.faulted);
      if (series.availability !== null) availability.set({ dependency }, series.availability);
      if (promised.latencySeconds !== null) limit.set({ dependency }, promised.latencySeconds);
      if (promised.errorRatio !== null) errorLimit.set({ dependency }, promised.errorRatio);
      if (series.callsPerRequest !== null) perRequest.set({ dependency }, series.callsPerRequest);
    }
  };
}
