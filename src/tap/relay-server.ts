// Accepts client connections and opens one upstream connection for each. Knows which are open, so that it can drain them.
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Counters } from './counters.ts';
import { guard, type Observer } from './observer.ts';
import { relay, reset } from './relay.ts';

/** How long an upstream may take to accept; then the client is reset, as if the port were dead. */
const connectTimeoutMs = 10_000;
/** How often a draining tap looks for connections between two exchanges. */
const drainEveryMs = 20;

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface RelayServer {
  /** Resolves with the address once connections are accepted. */
  listen(address: HostPort): Promise<HostPort>;
  /** Accepts no more, closes each connection between two exchanges, and whatever is left after `withinMs`. */
  drain(withinMs: number): Promise<void>;
}

export interface RelayServerOptions {
  readonly upstream: HostPort;
  readonly maxConnections: number;
  readonly counters: Counters;
  /** Makes the observer of the connection with this number. */
  readonly observe: (connection: number) => Observer;
}

interface RelayState {
  readonly options: RelayServerOptions;
  readonly server: Server;
  readonly connections: Set<Connection>;
  /** Called when the last open connection is gone. */
  emptied: () => void;
}

interface Connection {
  readonly client: Socket;
  readonly upstream: Socket;
  readonly observer: Observer;
}

export function createRelayServer(options: RelayServerOptions): RelayServer {
  const server = createServer({ allowHalfOpen: true, noDelay: true });
  const state: RelayState = { options, server, connections: new Set(), emptied: () => undefined };
  server.maxConnections = options.maxConnections;
  server.on('connection', (client) => accept(state, client));
  server.on('drop', () => {
    options.counters.refused++;
  });
  return {
    listen: (address) => listen(server, address),
    drain: (withinMs) => drain(state, withinMs),
  };
}

function accept(state: RelayState, client: Socket): void {
  const { upstream: address, counters, observe } = state.options;
  counters.connections++;
  counters.open++;
  const upstream = connect({ ...address, allowHalfOpen: true, noDelay: true });
  const number = counters.connections;
  const observer = guard(() => observe(number));
  const connection = { client, upstream, observer };
  state.connections.add(connection);
  relay(client, upstream, {
    observer,
    gone: () => {
      state.connections.delete(connection);
      counters.open--;
      if (state.connections.size === 0) state.emptied();
    },
  });
  const giveUp = (): void => {
    counters.unreachable++;
    reset(client);
  };
  upstream.setTimeout(connectTimeoutMs, () => upstream.destroy(new Error('upstream took too long to accept')));
  upstream.once('error', giveUp);
  upstream.once('connect', () => {
    upstream.setTimeout(0);
    upstream.off('error', giveUp);
  });
}

function listen(server: Server, { host, port }: HostPort): Promise<HostPort> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      // A failed accept (no file descriptors left) must not end the relay; the client is left in the queue or refused.
      server.on('error', () => undefined);
      const bound = server.address();
      resolve(bound !== null && typeof bound === 'object' ? { host: bound.address, port: bound.port } : { host, port });
    });
  });
}

async function drain(state: RelayState, withinMs: number): Promise<void> {
  const { server, connections } = state;
  const timer = setInterval(() => leaveIdle(connections), drainEveryMs);
  const deadline = setTimeout(() => {
    for (const { client, upstream } of connections) {
      reset(client);
      reset(upstream);
    }
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
function leaveIdle(connections: Set<Connection>): void {
  for (const { client, upstream, observer } of connections) {
    const isQuiet = observer.isIdle() && client.writableLength === 0 && upstream.writableLength === 0;
    if (!isQuiet || client.writableEnded) continue;
    client.end();
    upstream.end();
  }
}
