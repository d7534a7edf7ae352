// What the proxy says of itself: the faults that are on with the share they reached, and what the dependency did, held
// against its own promise.
import type { Histogram } from './counts.ts';
import type { Desk } from './desk.ts';
import type { FaultCount } from './engagement.ts';
import { hostPortText } from './settings.ts';

export interface ProxyState {
  readonly dependency: string;
  readonly protocol: 'http' | 'tcp';
  /** What a share is a share of: on TCP whole connections. */
  readonly shareOf: 'requests' | 'connections';
  readonly listen: string;
  readonly upstream: string;
  readonly standby: string | null;
  readonly active: 'upstream' | 'standby';
  readonly faults: readonly FaultCount[];
  /** Null: no lease, the faults stay until they are removed. */
  readonly lease: { readonly expiresInMs: number } | null;
  readonly calls: {
    readonly total: number;
    readonly outcomes: Readonly<Record<string, number>>;
    readonly faulted: number;
    /** Share of the calls that got a good answer; null before the first. */
    readonly availability: number | null;
    readonly latencyMs: Quantiles;
    readonly upstreamLatencyMs: Quantiles;
    readonly perRequest: { readonly requests: number; readonly mean: number | null; readonly max: number };
  };
  readonly slo: {
    readonly latency: { readonly limitMs: number; readonly breaches: number } | null;
    readonly errors: {
      readonly limit: number;
      readonly breaches: number;
      readonly share: number | null;
      readonly isMet: boolean;
    } | null;
  };
  readonly upstreamLoad: {
    readonly inFlight: number;
    readonly connections: number;
    readonly refused: Readonly<Record<string, number>>;
  };
  readonly tunnels: number;
  readonly failovers: number;
  readonly leasesExpired: number;
}

interface Quantiles {
  readonly p50: number | null;
  readonly p99: number | null;
}

export function stateOf(
  desk: Desk,
  { listen, leaseLeftMs }: { listen: string; leaseLeftMs: number | null },
): ProxyState {
  const { settings, caps, counts } = desk;
  const { protocol, upstream, standby } = settings;
  const engagement = desk.engagement();
  return {
    dependency: settings.name,
    protocol,
    shareOf: protocol === 'http' ? 'requests' : 'connections',
    listen,
    upstream: hostPortText(upstream),
    standby: standby && hostPortText(standby),
    active: engagement.isFailedOver() ? 'standby' : 'upstream',
    faults: engagement.counts(),
    lease: leaseLeftMs === null ? null : { expiresInMs: leaseLeftMs },
    calls: callsOf(desk),
    slo: sloOf(desk),
    upstreamLoad: { inFlight: caps.inFlight, connections: caps.connections, refused: { ...caps.refused } },
    tunnels: counts.tunnels,
    failovers: counts.failovers,
    leasesExpired: counts.leasesExpired,
  };
}

function callsOf({ counts, callsPerRequest }: Desk): ProxyState['calls'] {
  const { requests, mean, max } = callsPerRequest.summary();
  return {
    total: counts.calls,
    outcomes: { ...counts.outcomes },
    faulted: counts.faulted,
    availability: counts.calls === 0 ? null : counts.outcomes.ok / counts.calls,
    latencyMs: quantilesOf(counts.caller),
    upstreamLatencyMs: quantilesOf(counts.upstream),
    perRequest: { requests, mean, max },
  };
}

/** Upper edges of buckets 19 % apart: more digits would pretend more. */
function quantilesOf({ quantile }: Histogram): Quantiles {
  const rounded = (ms: number | null): number | null => (ms === null ? null : Number(ms.toPrecision(3)));
  return { p50: rounded(quantile(0.5)), p99: rounded(quantile(0.99)) };
}

function sloOf({ counts, settings: { slo } }: Desk): ProxyState['slo'] {
  const share = counts.calls === 0 ? null : counts.breaches.errors / counts.calls;
  return {
    latency: slo.latencyMs === null ? null : { limitMs: slo.latencyMs, breaches: counts.breaches.latency },
    errors:
      slo.errors === null
        ? null
        : { limit: slo.errors, breaches: counts.breaches.errors, share, isMet: (share ?? 0) <= slo.errors },
  };
}
