// A fault proxy's control in memory: it does what it is told, writes everything down, and breaks when a test says so.
import type { DependencyControl } from '../../src/app/dependencies/control.ts';
import type { ProxyState } from '../../src/faults/proxy/state.ts';

export interface StubControl extends DependencyControl {
  /** What it was asked, in order: "on [{…}]", "renew", "restore". */
  readonly seen: string[];
  /** The faults that are on. */
  faults: readonly object[];
  incarnationNow: number | null;
  isUnreachable: boolean;
  restored: boolean;
  /** What the next question about calls is answered. */
  calls: readonly { readonly id: string; readonly arm: string | null; readonly calls: number }[];
}

export function createStubControl(name = 'store', protocol: 'http' | 'tcp' = 'http'): StubControl {
  const seen: string[] = [];
  let seq = 0;
  const stateNow = (): ProxyState => ({
    dependency: name,
    protocol,
    shareOf: protocol === 'http' ? 'requests' : 'connections',
    listen: '127.0.0.1:1',
    upstream: '127.0.0.1:2',
    standby: null,
    active: 'upstream',
    faults: stub.faults.map((fault) => ({ fault: { ...fault }, share: 1, calls: 0, selected: 0, achievedShare: null })),
    lease: stub.faults.length === 0 ? null : { expiresInMs: 30_000 },
    calls: {
      total: 10,
      outcomes: { ok: 9, connect: 1 },
      faulted: 3,
      availability: 0.9,
      latencyMs: { p50: 4, p99: 800 },
      upstreamLatencyMs: { p50: 4, p99: 5 },
      perRequest: { requests: 5, mean: 2, max: 3 },
    },
    slo: { latency: { limitMs: 20, breaches: 3 }, errors: { limit: 0.001, breaches: 1, share: 0.1, isMet: false } },
    upstreamLoad: { inFlight: 0, connections: 0, refused: {} },
    tunnels: 0,
    failovers: 0,
    leasesExpired: 0,
  });
  const reach = (): void => {
    if (stub.isUnreachable) throw new Error('nobody answers');
  };
  const stub: StubControl = {
    name,
    protocol,
    seen,
    faults: [],
    incarnationNow: 1,
    isUnreachable: false,
    restored: true,
    calls: [],
    incarnation: () => stub.incarnationNow,
    switchOn: async (faults) => {
      reach();
      seen.push(`on ${JSON.stringify(faults)}`);
      stub.faults = faults;
      return stateNow();
    },
    renew: async () => {
      reach();
      seen.push('renew');
    },
    restore: async () => {
      reach();
      seen.push('restore');
      stub.faults = [];
      const reason = stub.restored ? null : 'the upstream itself does not answer; no fault is on';
      return { restored: stub.restored, latencyMs: 1, upstreamLatencyMs: 1, afterMs: 2, reason };
    },
    state: async () => {
      reach();
      return stateNow();
    },
    callsSince: async () => {
      reach();
      const { calls } = stub;
      stub.calls = [];
      seq += calls.length;
      return { seq, missed: 0, calls };
    },
  };
  return stub;
}
