// The fault proxy: a shadow pod's dependency behind one address, with faults that can be switched while it runs. Production
// never connects here; what the upstream gets stays under caps; faults end by themselves when nobody renews them.
import { createServer, type Server, type Socket } from 'node:net';
import { type CallsSince, createCallsPerRequest } from './calls-per-request.ts';
import { createCaps } from './caps.ts';
import { createCounts } from './counts.ts';
import type { Desk } from './desk.ts';
import { createEngagement, type Engagement } from './engagement.ts';
import { serveHttp } from './http/connection.ts';
import { listenAt, portOf } from './listen.ts';
import { createMemory } from './memory.ts';
import { createProxyMetrics } from './metrics.ts';
import { type Restoration, verifyBaseline } from './probe.ts';
import type { ProxyFaultUse } from './read-faults.ts';
import { type FaultProxySettings, type HostPort, hostPortText } from './settings.ts';
import { type ProxyState, stateOf } from './state.ts';
import { serveTcp } from './tcp-connection.ts';

export interface FaultProxy {
  readonly settings: FaultProxySettings;
  readonly address: HostPort;
  state(): ProxyState;
  metrics(): Promise<{ readonly contentType: string; readonly text: string }>;
  /** Calls by request and arm since sequence number `seq`; null when no call has that number yet. HTTP only. */
  callsSince(seq: number): CallsSince | null;
  /** In place of those that are on. `leaseMs`: they end by themselves unless renewed; null: they stay. */
  setFaults(uses: readonly ProxyFaultUse[], options: { leaseMs: number | null }): void;
  /** False when there is nothing to renew. */
  renewLease(leaseMs?: number): boolean;
  /** The baseline is back when this returns; what was held goes on. */
  removeFaults(): void;
  /** Removes the faults and measures that it is so; resolves as soon as it is, within `withinMs` (5 s) at the latest. */
  restoreBaseline(options?: { withinMs?: number }): Promise<Restoration>;
  close(): Promise<void>;
}

const maxClients = 10_000;
/** Calls that were held all go on at once; the probe waits until that wave is through. */
const verifyWithinMs = 5000;

/** @throws PenumbraError ADDRESS_IN_USE, BIND_REFUSED */
export async function startFaultProxy(settings: FaultProxySettings): Promise<FaultProxy> {
  const metrics = createProxyMetrics(settings);
  const nowMs = (): number => performance.now();
  const lost = new Set<() => void>();
  const switching = createSwitch(settings, { nowMs, lost });
  const counts = createCounts(settings.slo, metrics.watch);
  let sequence = 0;
  const desk: Desk = {
    settings,
    caps: createCaps(settings.caps, nowMs),
    counts,
    callsPerRequest: createCallsPerRequest(),
    memory: createMemory(settings.rememberBytes, nowMs),
    engagement: switching.engagement,
    onLost: (run) => {
      lost.add(run);
      return () => lost.delete(run);
    },
    nextSequence: () => ++sequence,
    nowMs,
  };
  const clients = new Set<Socket>();
  const server = acceptor(desk, { clients, isProbe: false });
  await listenAt(server, settings.listen);
  const address = { host: settings.listen.host, port: portOf(server) };
  const lease = createLease(() => {
    counts.leasesExpired++;
    switching.to([]);
  });
  const state = (): ProxyState => stateOf(desk, { listen: hostPortText(address), leaseLeftMs: lease.leftMs() });
  const removeFaults = (): void => {
    lease.end();
    switching.to([]);
  };
  return {
    settings,
    address,
    state,
    metrics: () => metrics.expose(state()),
    callsSince: desk.callsPerRequest.since,
    setFaults: (uses, { leaseMs }) => {
      switching.to(uses, { whenLost: () => counts.failovers++ });
      lease.begin(uses.length === 0 ? null : leaseMs);
    },
    renewLease: (leaseMs) => lease.renew(leaseMs),
    removeFaults,
    restoreBaseline: async ({ withinMs = verifyWithinMs } = {}) => {
      removeFaults();
      return probeThrough(desk, { clients, withinMs });
    },
    close: async () => {
      removeFaults();
      const closed = new Promise((resolve) => server.close(resolve));
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

/** A listener for the probe alone: what it asks goes the way of every call, but is counted nowhere. */
async function probeThrough(
  desk: Desk,
  { clients, withinMs }: { clients: Set<Socket>; withinMs: number },
): Promise<Restoration> {
  const server = acceptor(desk, { clients, isProbe: true });
  await listenAt(server, { host: '127.0.0.1', port: 0 });
  try {
    return await verifyBaseline(desk.settings, { through: { host: '127.0.0.1', port: portOf(server) }, withinMs });
  } finally {
    server.close();
  }
}

function acceptor(desk: Desk, { clients, isProbe }: { clients: Set<Socket>; isProbe: boolean }): Server {
  const serve = desk.settings.protocol === 'http' ? serveHttp : serveTcp;
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    serve(client, { desk, isProbe }).catch(() => client.destroy());
  });
  server.maxConnections = maxClients;
  return server;
}

function createSwitch(
  settings: FaultProxySettings,
  { nowMs, lost }: { nowMs: () => number; lost: ReadonlySet<() => void> },
) {
  const setting = { key: settings.key, seed: settings.seed, nowMs };
  let current: Engagement = createEngagement([], setting);
  return {
    engagement: () => current,
    /** The new faults are in place before the old ones let go. */
    to: (uses: readonly ProxyFaultUse[], { whenLost = () => undefined as unknown } = {}): void => {
      const before = current;
      const next = createEngagement(uses, setting);
      current = next;
      before.end();
      next.onFailover(() => {
        whenLost();
        if (next.failover?.inFlight === 'reset') for (const run of [...lost]) run();
      });
    },
  };
}

function createLease(expire: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let lengthMs: number | null = null;
  let endsAtMs = 0;
  const begin = (leaseMs: number | null): void => {
    clearTimeout(timer);
    lengthMs = leaseMs;
    if (leaseMs === null) return;
    endsAtMs = performance.now() + leaseMs;
    timer = setTimeout(() => {
      lengthMs = null;
      expire();
    }, leaseMs);
  };
  return {
    begin,
    end: () => begin(null),
    renew: (leaseMs?: number): boolean => {
      if (lengthMs === null) return false;
      begin(leaseMs ?? lengthMs);
      return true;
    },
    leftMs: () => (lengthMs === null ? null : Math.max(0, Math.round(endsAtMs - performance.now()))),
  };
}
