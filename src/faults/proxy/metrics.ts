// The dependency's own series for Prometheus, apart from the model's: calls, latency, availability, broken promises, the
// faults that are on and the load that reaches the upstream. Filled at scrape time, but for the histograms.
import { Counter, Gauge, Registry } from 'prom-client';
import type { CountsWatch } from './counts.ts';
import { createLatencySeries } from './latency-series.ts';
import type { SloLimits } from './settings.ts';
import type { ProxyState } from './state.ts';

export interface ProxyMetrics {
  readonly watch: CountsWatch;
  expose(state: ProxyState): Promise<{ readonly contentType: string; readonly text: string }>;
}

export function createProxyMetrics({ name, slo }: { name: string; slo: SloLimits }): ProxyMetrics {
  const registry = new Registry();
  registry.setDefaultLabels({ dependency: name });
  const edges = edgesOf(slo);
  const caller = createLatencySeries({
    name: 'penumbra_dependency_latency_seconds',
    help: 'How long calls took for the caller, faults included',
    edges,
  });
  const upstream = createLatencySeries({
    name: 'penumbra_dependency_upstream_latency_seconds',
    help: 'How long the upstream took to answer',
    edges,
  });
  const labels = `dependency="${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
  const fillers = [callSeries(registry), sloSeries(registry), faultSeries(registry), loadSeries(registry)];
  return {
    watch: { caller: caller.add, upstream: upstream.add },
    expose: async (state) => {
      for (const fill of fillers) fill(state);
      const text = `${caller.text(labels)}\n${upstream.text(labels)}\n${await registry.metrics()}`;
      return { contentType: registry.contentType, text };
    },
  };
}

/** Doubling from half a millisecond to 65 s, and the promise itself, so that its breaches can be read off. */
function edgesOf({ latencyMs }: SloLimits): number[] {
  const edges = Array.from({ length: 18 }, (_, index) => 0.0005 * 2 ** index);
  return [...new Set([...edges, ...(latencyMs === null ? [] : [latencyMs / 1000])])].sort((one, other) => one - other);
}

type Fill = (state: ProxyState) => void;

function makersIn(registry: Registry) {
  const registers = [registry];
  return {
    gauge: (name: string, help: string, labelNames: string[] = []) => new Gauge({ name, help, labelNames, registers }),
    /** Set at scrape time to what was counted since the start. */
    counter: (name: string, help: string, labelNames: string[] = []) => {
      const counter = new Counter({ name, help, labelNames, registers });
      return (counts: Readonly<Record<string, number>> | number): void => {
        counter.reset();
        if (typeof counts === 'number') counter.inc(counts);
        else for (const [value, count] of Object.entries(counts)) counter.inc({ [labelNames[0] ?? '']: value }, count);
      };
    },
  };
}

function callSeries(registry: Registry): Fill {
  const { gauge, counter } = makersIn(registry);
  const calls = counter('penumbra_dependency_calls_total', 'Calls by outcome; only ok is a good answer', ['outcome']);
  const availability = gauge('penumbra_dependency_availability', 'Share of the calls that got a good answer');
  const requests = counter('penumbra_dependency_requests_total', 'Requests of the pod that were seen by their id');
  const mean = gauge('penumbra_dependency_calls_per_request', 'Mean calls per request of the pod, by forwarded id');
  const most = gauge('penumbra_dependency_calls_per_request_max', 'Most calls that one request of the pod made');
  return ({ calls: { outcomes, availability: share, perRequest } }) => {
    calls(outcomes);
    if (share !== null) availability.set(share);
    requests(perRequest.requests);
    if (perRequest.mean !== null) mean.set(perRequest.mean);
    most.set(perRequest.max);
  };
}

function sloSeries(registry: Registry): Fill {
  const { gauge, counter } = makersIn(registry);
  const limits = gauge('penumbra_dependency_slo_limit', 'What was declared: latency in seconds, errors as a share', [
    'limit',
  ]);
  const breaches = counter('penumbra_dependency_slo_breaches_total', 'Calls that broke the promise, by limit', [
    'limit',
  ]);
  return ({ slo: { latency, errors } }) => {
    if (latency) limits.set({ limit: 'latency' }, latency.limitMs / 1000);
    if (errors) limits.set({ limit: 'errors' }, errors.limit);
    breaches({
      ...(latency ? { latency: latency.breaches } : {}),
      ...(errors ? { errors: errors.breaches } : {}),
    });
  };
}

function faultSeries(registry: Registry): Fill {
  const { gauge, counter } = makersIn(registry);
  const faulted = counter('penumbra_dependency_faulted_total', 'Calls to which a fault did something');
  const asked = gauge('penumbra_dependency_fault_share', 'Share of the calls asked for, by fault that is on', [
    'fault',
  ]);
  const achieved = gauge('penumbra_dependency_fault_share_achieved', 'Share of the calls reached', ['fault']);
  const isStandby = gauge('penumbra_dependency_on_standby', '1 while the second upstream stands in for the first');
  const expired = counter(
    'penumbra_dependency_leases_expired_total',
    'Times that faults ended because nobody renewed them',
  );
  return ({ faults, calls, active, leasesExpired }) => {
    faulted(calls.faulted);
    asked.reset();
    achieved.reset();
    for (const [position, { fault, share, achievedShare }] of faults.entries()) {
      const label = { fault: `${position} ${Object.keys(fault)[0]}` };
      asked.set(label, share);
      if (achievedShare !== null) achieved.set(label, achievedShare);
    }
    isStandby.set(active === 'standby' ? 1 : 0);
    expired(leasesExpired);
  };
}

function loadSeries(registry: Registry): Fill {
  const { gauge, counter } = makersIn(registry);
  const inFlight = gauge('penumbra_dependency_upstream_in_flight', 'Calls at the upstream now');
  const connections = gauge('penumbra_dependency_upstream_connections', 'Connections to the upstream now');
  const refused = counter('penumbra_dependency_refused_total', 'Calls refused because a cap was reached', ['cap']);
  return ({ upstreamLoad }) => {
    inFlight.set(upstreamLoad.inFlight);
    connections.set(upstreamLoad.connections);
    refused(upstreamLoad.refused);
  };
}
