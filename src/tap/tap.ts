// Puts the tap together: the relay in front of production and, when there is a link, the copying behind it.
import { randomBytes } from 'node:crypto';
import type { Server } from 'node:net';
import { createAllowList } from './allow-list.ts';
import { createBufferPool } from './buffer-pool.ts';
import { createConversation } from './conversation.ts';
import { createCopies, type ShippedCopies } from './copies.ts';
import { type Counters, createCounters } from './counters.ts';
import { doHandlesWork } from './handle-trial.ts';
import type { Observer } from './observer.ts';
import { createRelayServer, type HostPort, type Listen } from './relay-server.ts';
import { createSampler } from './sampling.ts';
import { findTcpHandles, type TcpHandles } from './tcp-handles.ts';

export type { HostPort, Listen } from './relay-server.ts';

const flushMs = 1000;

export interface TapOptions {
  readonly listen: Listen;
  readonly upstream: HostPort;
  /** Unix socket of the comparator; null relays and copies nothing. */
  readonly linkPath: string | null;
  /** Share of exchanges to copy, a fraction of 1. At 0 nothing is looked at. */
  readonly share: number;
  /** Methods and paths that may be copied; empty lists: all. */
  readonly methods: readonly string[];
  readonly routes: readonly string[];
  /** Size of the ring of copies that wait for the comparator; exchanges under way may hold as much again. */
  readonly maxCopyBytes: number;
  /** Longest body, as framed on the wire, of a message that is copied. */
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
  /** `streams`: not by the handles under Node's sockets, even where this Node has them as they are known. */
  readonly relayBy: 'handles' | 'streams';
}

export interface Tap {
  readonly address: HostPort;
  /** How bytes are in fact passed on. */
  readonly relayedBy: 'handles' | 'streams';
  /** The listening socket, to be handed over. */
  readonly socket: Server;
  /** 16 hexadecimal digits, random per start. */
  readonly epoch: string;
  /** As they are at this moment. */
  readonly counters: Counters;
  /** Whether a comparator takes copies at this moment. */
  isLinked(): boolean;
  /** Bytes held for copying at this moment. */
  heldBytes(): number;
  /** Accepts no more, lets exchanges under way end for at most `drainMs`, then closes what is left. */
  stop(options?: { drainMs?: number }): Promise<void>;
}

/** Resolves once connections are accepted; rejects when the address cannot be listened on. */
export async function startTap(options: TapOptions): Promise<Tap> {
  const epoch = randomBytes(8).toString('hex');
  const counters = createCounters();
  const pool = createBufferPool(options.maxCopyBytes);
  const { linkPath, share, maxCopyBytes: ringBytes } = options;
  const copies = linkPath === null ? null : createCopies({ epoch, linkPath, ringBytes, pool, counters });
  const handles = options.relayBy === 'streams' ? null : await usableHandles();
  const observe = copies === null || share === 0 ? null : observerOf(options, { epoch, copies, counters, pool });
  const server = createRelayServer({ ...options, counters, observe, handles });
  try {
    const address = await server.listen(options.listen);
    // Not before: a tap whose address is taken must not look to the comparator like one that relays.
    copies?.begin();
    const stop = async ({ drainMs = 10_000 } = {}): Promise<void> => {
      await server.drain(drainMs);
      await copies?.close(flushMs);
    };
    return {
      address,
      relayedBy: handles === null ? 'streams' : 'handles',
      socket: server.socket,
      epoch,
      get counters() {
        copies?.refresh();
        return counters;
      },
      isLinked: () => copies?.isLinked() ?? false,
      heldBytes: () => pool.heldBytes + (copies?.queuedBytes() ?? 0),
      stop,
    };
  } catch (error) {
    await copies?.close(0);
    throw error;
  }
}

async function usableHandles(): Promise<TcpHandles | null> {
  const handles = findTcpHandles();
  return handles !== null && (await doHandlesWork(handles)) ? handles : null;
}

interface Copying {
  readonly epoch: string;
  readonly copies: ShippedCopies;
  readonly counters: Counters;
  readonly pool: ReturnType<typeof createBufferPool>;
}

function observerOf(
  { share, methods, routes, maxBodyBytes }: TapOptions,
  { epoch, copies, counters, pool }: Copying,
): (connection: number) => Observer {
  const context = {
    isSampled: createSampler({ epoch, share }),
    isListed: createAllowList({ methods, routes }),
    copies,
    pool,
    counters,
    maxBodyBytes,
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
  };
  return (connection) => createConversation(context, connection);
}
