// What a scrape of the comparator's /metrics shows of one dependency, out of its proxy's latest answer.
import type { DependencySeries } from '../../io/metrics/dependencies.ts';
import type { DependencyWatch } from './watch.ts';

export function seriesOf(watch: DependencyWatch): Omit<DependencySeries, 'isUnrestored'> {
  const state = watch.latest()?.state ?? null;
  const isReachable = state !== null && watch.failing() === null;
  const isPromiseKept = isReachable ? watch.isPromiseKept() : null;
  const base = { dependency: watch.control.name, isReachable, isPromiseKept };
  if (state === null)
    return {
      ...base,
      outcomes: {},
      availability: null,
      latencySeconds: {},
      promised: { latencySeconds: null, errorRatio: null },
      broken: {},
      faultsOn: 0,
      faulted: 0,
      callsPerRequest: null,
    };
  const { calls, slo, faults } = state;
  const { p50, p99 } = calls.latencyMs;
  return {
    ...base,
    outcomes: calls.outcomes,
    availability: calls.availability,
    latencySeconds: { ...(p50 === null ? {} : { 50: p50 / 1000 }), ...(p99 === null ? {} : { 99: p99 / 1000 }) },
    promised: {
      latencySeconds: slo.latency === null ? null : slo.latency.limitMs / 1000,
      errorRatio: slo.errors?.limit ?? null,
    },
    broken: {
      ...(slo.latency === null ? {} : { latency: slo.latency.breaches }),
      ...(slo.errors === null ? {} : { errors: slo.errors.breaches }),
    },
    faultsOn: faults.length,
    faulted: calls.faulted,
    callsPerRequest: calls.perRequest.mean,
  };
}
