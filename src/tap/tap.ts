// Puts the tap together: the relay in front of production and, when there is a link, the copying behind it.
import { randomBytes } from 'node:crypto';
import { createBudget } from './budget.ts';
import { createConversation } from './conversation.ts';
import { type Copies, createCopies } from './copies.ts';
import { type Counters, createCounters } from './counters.ts';
import { noObserver, type Observer } from './observer.ts';
import { createRelayServer, type HostPort } from './relay-server.ts';
import { createSampler } from './sampling.ts';

export type { HostPort } from './relay-server.ts';

const flushMs = 1000;

export interface TapOptions {
  readonly listen: HostPort;
  readonly upstream: HostPort;
  /** Unix socket of the comparator; null relays and copies nothing. */
  readonly linkPath: string | null;
  /** Share of exchanges to copy, a fraction of 1. */
  readonly share: number;
  /** Most bytes held on behalf of copying, queue of the link included. */
  readonly maxCopyBytes: number;
  /** Longest body, as framed on the wire, of a message that is copied. */
  readonly maxBodyBytes: number;
  readonly maxConnections: number;
}

export interface Tap {
  readonly address: HostPort;
  /** 16 hexadecimal digits, random per start. */
  readonly epoch: string;
  readonly counters: Counters;
  /** Bytes held for copying at this moment. */
  heldBytes(): number;
  /** Accepts no more, lets exchanges under way end for at most `drainMs`, then closes what is left. */
  stop(options?: { drainMs?: number }): Promise<void>;
}

/** Resolves once connections are accepted; rejects when the address cannot be listened on. */
export async function startTap(options: TapOptions): Promise<Tap> {
  const epoch = randomBytes(8).toString('hex');
  const counters = createCounters();
  const budget = createBudget(options.maxCopyBytes);
  const copies: Copies | null =
    options.linkPath === null ? null : createCopies({ epoch, linkPath: options.linkPath, budget, counters });
  const context = copies && {
    isSampled: createSampler({ epoch, share: options.share }),
    copies,
    budget,
    counters,
    maxBodyBytes: options.maxBodyBytes,
    wallMs: () => Date.now(),
    monotonicMs: () => performance.now(),
  };
  const observe = (connection: number): Observer =>
    context === null ? noObserver : createConversation(context, connection);
  const server = createRelayServer({ ...options, counters, observe });
  try {
    const address = await server.listen(options.listen);
    const stop = async ({ drainMs = 10_000 } = {}): Promise<void> => {
      await server.drain(drainMs);
      await copies?.close(flushMs);
    };
    return { address, epoch, counters, heldBytes: () => budget.heldBytes, stop };
  } catch (error) {
    await copies?.close(0);
    throw error;
  }
}
