// The bytes that come in on a socket, to be asked for piece by piece, so that a conversation reads as straight code. While
// nobody asks, the socket is stopped once enough is held: pressure goes back to the sender.
import type { Socket } from 'node:net';
import { isWorthCopying, type Reader } from './reader.ts';

export interface Inflow {
  /** The next bytes, never empty; null once the sender has ended or the connection is broken. One asker at a time. */
  next(): Promise<Buffer | null>;
  /** Bytes that are here already, without waiting; null when there are none. */
  here(): Buffer | null;
  /** Puts bytes back in front. */
  unread(bytes: Buffer): void;
  /** Pieces that come while nothing is held are offered here first. Null: no longer. */
  offer(take: Take | null): void;
  /** Something came that nobody has asked for yet. */
  isHolding(): boolean;
  /** Nothing more will come: FIN or worse is here, and all bytes were asked for. */
  hasEnded(): boolean;
  isBroken(): boolean;
  /** Runs once when FIN or worse comes, at once when it has. Replaces what was set before. */
  whenEnded(run: (() => void) | null): void;
}

/** left: not taken · sent: taken, and out already · kept: taken, and still on their way out. */
export type Taken = 'left' | 'sent' | 'kept';
export type Take = (bytes: Buffer) => Taken;

const maxHeldBytes = 64 * 1024;

/** `reader`: of a socket that was opened with one. */
export function createInflow(socket: Socket, reader: Reader | null = null): Inflow {
  const held: Buffer[] = [];
  let heldBytes = 0;
  let ask: ((bytes: Buffer | null) => void) | null = null;
  let ended = false;
  let broken = false;
  let atEnd: (() => void) | null = null;
  let taker: Take | null = null;
  const give = (bytes: Buffer | null): boolean => {
    const asker = ask;
    ask = null;
    asker?.(bytes);
    return asker !== null;
  };
  const finish = (isBroken: boolean): void => {
    broken ||= isBroken;
    if (ended && !isBroken) return;
    ended = true;
    if (held.length === 0) give(null);
    const run = atEnd;
    atEnd = null;
    run?.();
  };
  const keep = (bytes: Buffer): void => {
    if (give(bytes)) return;
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes > maxHeldBytes) socket.pause();
  };
  const came = (bytes: Buffer): Taken => {
    return taker === null || held.length > 0 ? 'left' : taker(bytes);
  };
  if (reader === null) {
    socket.on('data', (bytes: Buffer) => {
      if (came(bytes) === 'left') keep(bytes);
    });
  } else
    reader.into((bytes) => {
      const taken = came(bytes);
      if (taken !== 'left') return taken === 'sent';
      const isCopied = isWorthCopying(bytes);
      keep(isCopied ? Buffer.from(bytes) : bytes);
      return isCopied;
    });
  socket.on('end', () => finish(false));
  socket.on('error', () => finish(true));
  socket.on('close', () => finish(!ended));
  const here = (): Buffer | null => {
    const bytes = held.shift() ?? null;
    if (bytes === null) return null;
    heldBytes -= bytes.length;
    if (heldBytes <= maxHeldBytes && socket.isPaused()) socket.resume();
    return bytes;
  };
  return {
    here,
    next: () => {
      const bytes = here();
      if (bytes !== null || ended) return Promise.resolve(bytes);
      return new Promise((resolve) => {
        ask = resolve;
      });
    },
    unread: (bytes) => {
      if (bytes.length === 0) return;
      held.unshift(bytes);
      heldBytes += bytes.length;
    },
    offer: (take) => {
      taker = take;
    },
    isHolding: () => held.length > 0,
    hasEnded: () => ended && held.length === 0,
    isBroken: () => broken,
    whenEnded: (run) => {
      atEnd = ended ? null : run;
      if (ended) run?.();
    },
  };
}
