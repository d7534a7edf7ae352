// Accepts client connections and has each relayed over one upstream connection of its own. Knows which are open, so that
// it can drain them and look after those that have fallen silent.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Counters } from './counters.ts';
import { relayHandle } from './handle-relay.ts';
import { guard, type Observer } from './observer.ts';
import type { Relayed, RelayOptions } from './relayed.ts';
import { relayStream } from './stream-relay.ts';
import { acceptHandles, type TcpHandles } from './tcp-handles.ts';
import { createWaitingRoom, type WaitingRoom } from './waiting-room.ts';

/** How long an upstream may take to accept; then the client is reset, as if the port were dead. */
const connectTimeoutMs = 10_000;
const sweepEveryMs = 1000;
/** Connections older than this are probed when they are silent; most never grow so old. */
const keepAliveFromMs = 30_000;
/** How often a draining tap looks for connections between two exchanges. */
const drainEveryMs = 20;
/** A connection younger than this is not closed as idle: its first request may be on its way. */
const freshMs = 250;
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
  /** For a place among the connections. */
  readonly waiting: WaitingRoom<Accepted>;
  /** Called when the last open connection is gone. */
  emptied: () => void;
}

export function createRelayServer(options: RelayServerOptions): RelayServer {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const state: RelayState = {
    options,
    server,
    connections: new Map(),
    waiting: createWaitingRoom(),
    emptied: () => undefined,
  };
  server.on('connection', (client) => {
    // Also while nobody relays it yet.
    client.on('error', () => undefined);
    accept(state, { refuse: () => client.destroy(), relay: (relayed) => relayOpen(client, relayed) });
  });
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
  if (counters.open < maxConnections) admit(state, client);
  else if (!state.waiting.enter(client, performance.now())) refuse(state, client);
}

function refuse({ options }: RelayState, client: Accepted): void {
  options.counters.refused++;
  client.refuse();
}

function admit(state: RelayState, client: Accepted): void {
  const { counters } = state.options;
  counters.connections++;
  counters.open++;
  try {
    begin(state, client, counters.connections);
  } catch {
    // Out of memory or descriptors, or gone already: this client is lost, the relay is not.
    counters.open--;
    client.refuse();
  }
}

/** One place is free; it goes to the first who is still there. */
function admitNext(state: RelayState): void {
  const { counters, maxConnections } = state.options;
  while (counters.open < maxConnections) {
    const next = state.waiting.next();
    if (next === null) return;
    admit(state, next);
  }
}

/** Throws when the client has left while it waited: its end would never be seen. */
function relayOpen(client: Socket, options: RelayOptions): Relayed {
  if (client.destroyed || client.readableEnded) throw new Error('the client has left');
  return relayStream(client, options);
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
      admitNext(state);
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

/** Upstreams that take too long are given up, as are clients that have waited too long; old connections are probed. */
function sweep(state: RelayState): void {
  const { connections, options, waiting } = state;
  const nowMs = performance.now();
  for (const client of waiting.tooLong(nowMs)) refuse(state, client);
  for (const [relayed, connection] of connections) {
    const connectingSinceMs = relayed.connectingSinceMs();
    if (connectingSinceMs !== null && nowMs - connectingSinceMs > connectTimeoutMs) {
      options.counters.unreachable++;
      relayed.cut();
    } else if (!connection.isProbed && nowMs - connection.sinceMs > keepAliveFromMs) {
      connection.isProbed = true;
      relayed.keepAlive();
    }
  }
}

async function drain(state: RelayState, withinMs: number): Promise<void> {
  const { server, connections } = state;
  const timer = setInterval(() => leaveIdle(connections), drainEveryMs);
  const deadline = setTimeout(() => {
    for (const client of state.waiting.all()) refuse(state, client);
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
  const freshSinceMs = performance.now() - freshMs;
  for (const [relayed, { sinceMs }] of connections) {
    if (sinceMs < freshSinceMs && relayed.observer.isIdle() && relayed.isQuiet()) relayed.end();
  }
}
