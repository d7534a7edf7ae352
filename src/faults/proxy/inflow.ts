// The bytes that come in on a socket, to be asked for piece by piece, so that a conversation reads as straight code. While
// nobody asks, the socket is stopped once enough is held: pressure goes back to the sender.
import type { Socket } from 'node:net';

export interface Inflow {
  /** The next bytes, never empty; null once the sender has ended or the connection is broken. One asker at a time. */
  next(): Promise<Buffer | null>;
  /** Bytes that are here already, without waiting; null when there are none. */
  here(): Buffer | null;
  /** Puts bytes back in front. */
  unread(bytes: Buffer): void;
  /** Nothing more will come: FIN or worse is here, and all bytes were asked for. */
  hasEnded(): boolean;
  isBroken(): boolean;
  /** Runs once when FIN or worse comes, at once when it has. Replaces what was set before. */
  whenEnded(run: (() => void) | null): void;
}

const maxHeldBytes = 64 * 1024;

export function createInflow(socket: Socket): Inflow {
  const held: Buffer[] = [];
  let heldBytes = 0;
  let ask: ((bytes: Buffer | null) => void) | null = null;
  let ended = false;
  let broken = false;
  let atEnd: (() => void) | null = null;
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
  socket.on('data', (bytes: Buffer) => {
    if (give(bytes)) return;
    held.push(bytes);
    heldBytes += bytes.length;
    if (heldBytes > maxHeldBytes) socket.pause();
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
    hasEnded: () => ended && held.length === 0,
    isBroken: () => broken,
    whenEnded: (run) => {
      atEnd = ended ? null : run;
      if (ended) run?.();
    },
  };
}
