// Accepts client connections and has each relayed over one upstream connection of its own. Knows which are open, so that
// it can drain them and look after those that have fallen silent.
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Counters } from './counters.ts';
import { relayHandle } from './handle-relay.ts';
import { guard, type Observer } from './observer.ts';
import type { Relayed, RelayOptions } from './relayed.ts';
import { relayStream } from './stream-relay.ts';
import { acceptHandles, type TcpHandles } from './tcp-handles.ts';

/** How long an upstream may take to accept; then the client is reset, as if the port were dead. */
const connectTimeoutMs = 10_000;
const sweepEveryMs = 1000;
/** Connections older than this are probed when they are silent; most never grow so old. */
const keepAliveFromMs = 30_000;
/** How often a draining tap looks for connections between two exchanges. */
const drainEveryMs = 20;
/** Connections that the kernel completes before the relay has taken them: a burst must not be refused. */
const backlog = 4096;

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** An address, of one's own or shared with other taps; an open listening descriptor; a socket that was handed over. */
export type Listen =
  | (HostPort & { readonly isShared?: boolean })
  | { readonly fd: number }
  | { readonly handle: object };

export interface RelayServer {
  /** Resolves with the address once connections are accepted. */
  listen(where: Listen): Promise<HostPort>;
  /** The listening socket, to be handed over to another process; null when it is closed. */
  readonly socket: Server;
  /** Accepts no more, closes each connection between two exchanges, and whatever is left after `withinMs`. */
  drain(withinMs: number): Promise<void>;
}

export interface RelayServerOptions {
  readonly upstream: HostPort;
  readonly maxConnections: number;
  readonly counters: Counters;
  /** Null: relay by streams. */
  readonly handles: TcpHandles | null;
  /** Makes the observer of the connection with this number; null: nobody looks. */
  readonly observe: ((connection: number) => Observer) | null;
}

interface RelayState {
  readonly options: RelayServerOptions;
  readonly server: Server;
  readonly connections: Map<Relayed, { readonly sinceMs: number; isProbed: boolean }>;
  /** Called when the last open connection is gone. */
  emptied: () => void;
}

export function createRelayServer(options: RelayServerOptions): RelayServer {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const state: RelayState = { options, server, connections: new Map(), emptied: () => undefined };
  server.on('connection', (client) =>
    accept(state, { refuse: () => client.destroy(), relay: (relayed) => relayStream(client, relayed) }),
  );
  const timer = setInterval(() => sweep(state), sweepEveryMs);
  timer.unref();
  return {
    listen: (where) => listen(state, where),
    socket: server,
    drain: async (withinMs) => {
      await drain(state, withinMs);
      clearInterval(timer);
    },
  };
}

interface Accepted {
  readonly refuse: () => void;
  readonly relay: (options: RelayOptions) => Relayed;
}

function accept(state: RelayState, client: Accepted): void {
  const { counters, maxConnections } = state.options;
  if (counters.open >= maxConnections) {
    counters.refused++;
    client.refuse();
    return;
  }
  counters.connections++;
  counters.open++;
  try {
    begin(state, client, counters.connections);
  } catch {
    // Out of memory or descriptors: this client is lost, the relay is not.
    counters.open--;
    client.refuse();
  }
}

function begin(state: RelayState, client: Accepted, number: number): void {
  const { upstream, counters, observe } = state.options;
  const relayed: Relayed = client.relay({
    upstream,
    observer: guard(observe === null ? null : () => observe(number)),
    unreachable: () => {
      counters.unreachable++;
    },
    gone: () => {
      state.connections.delete(relayed);
      counters.open--;
      if (state.connections.size === 0) state.emptied();
    },
  });
  state.connections.set(relayed, { sinceMs: performance.now(), isProbed: false });
}

function listen(state: RelayState, where: Listen): Promise<HostPort> {
  const { server } = state;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    const listening = (): void => {
      server.off('error', reject);
      // A failed accept (no file descriptors left) must not end the relay; the client is left in the queue or refused.
      server.on('error', () => undefined);
      takeHandles(state);
      const { address, port } = server.address() as AddressInfo;
      resolve({ host: address, port });
    };
    if ('handle' in where) server.listen(where.handle, listening);
    else if ('fd' in where) server.listen({ fd: where.fd }, listening);
    else server.listen({ host: where.host, port: where.port, backlog, reusePort: where.isShared === true }, listening);
  });
}

/** In the same turn as listening began: no client has been accepted yet. */
function takeHandles(state: RelayState): void {
  const { handles } = state.options;
  if (handles === null) return;
  acceptHandles(state.server, (handle) => {
    const relay = (options: RelayOptions): Relayed => relayHandle(handles, handle, options);
    accept(state, { refuse: () => handle.close(), relay });
  });
}

/** Upstreams that take too long are given up; connections that have lasted are probed. */
function sweep({ connections, options }: RelayState): void {
  const nowMs = performance.now();
  for (const [relayed, state] of connections) {
    const connectingSinceMs = relayed.connectingSinceMs();
    if (connectingSinceMs !== null && nowMs - connectingSinceMs > connectTimeoutMs) {
      options.counters.unreachable++;
      relayed.cut();
    } else if (!state.isProbed && nowMs - state.sinceMs > keepAliveFromMs) {
      state.isProbed = true;
      relayed.keepAlive();
    }
  }
}

async function drain(state: RelayState, withinMs: number): Promise<void> {
  const { server, connections } = state;
  const timer = setInterval(() => leaveIdle(connections), drainEveryMs);
  const deadline = setTimeout(() => {
    for (const relayed of connections.keys()) relayed.cut();
  }, withinMs);
  server.close();
  await new Promise<void>((resolve) => {
    state.emptied = resolve;
    if (connections.size === 0) resolve();
    leaveIdle(connections);
  });
  clearInterval(timer);
  clearTimeout(deadline);
}

/** A request that comes in spite of it cannot be written to production any more; the client is reset, so it knows. */
function leaveIdle(connections: RelayState['connections']): void {
  for (const relayed of connections.keys()) {
    if (relayed.observer.isIdle() && relayed.isQuiet()) relayed.end();
  }
}
