// Writing that waits for room, and endings: in good order with FIN, or abruptly with RST.
import type { Socket } from 'node:net';
import type { Inflow, Taken } from './inflow.ts';

/** False when the reader is gone. */
export function send(socket: Socket, bytes: Buffer | string): Promise<boolean> | boolean {
  if (socket.destroyed || socket.writableEnded) return false;
  return typeof bytes === 'string'
    ? socket.write(bytes, 'latin1') || room(socket)
    : socket.write(bytes) || room(socket);
}

/** Passes the bytes on at once; whoever reads too slowly for that is left to `send`, which waits. */
export function sendNow(socket: Socket, bytes: Buffer): Taken {
  if (isBusy(socket)) return 'left';
  socket.write(bytes);
  return socket.writableLength === 0 ? 'sent' : 'kept';
}

/** Still writing, or not to be written to any more. */
export function isBusy(socket: Socket): boolean {
  return socket.writableLength > 0 || socket.destroyed || socket.writableEnded;
}

function room(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (hasRoom: boolean) => (): void => {
      socket.off('drain', drained);
      socket.off('close', closed);
      resolve(hasRoom);
    };
    const drained = settle(true);
    const closed = settle(false);
    socket.on('drain', drained);
    socket.on('close', closed);
  });
}

/** Passes bytes on until the sender ends, then ends too. False when either side broke. */
export async function pump(from: Inflow, to: Socket): Promise<boolean> {
  for (;;) {
    const bytes = await from.next();
    if (bytes === null) break;
    if (!(await send(to, bytes))) return false;
  }
  if (from.isBroken()) return false;
  to.end();
  return true;
}

/**
 * Ends a connection abruptly, with RST and no FIN before it: `resetAndDestroy` shuts down first, and a quick reader would see
 * an end in good order.
 */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  // Before the handshake there is nobody to reset; during a shutdown the kernel refuses the option that makes the RST.
  const isShuttingDown = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || isShuttingDown) {
    socket.destroy();
  } else if ('resetAndClosing' in socket) {
    socket.resetAndClosing = true;
    socket.destroy();
  } else (socket as Socket).resetAndDestroy();
}

const lingerMs = 2000;

/** FIN after what is still to be written; whoever does not leave then is cut. */
export function endGently(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end();
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(timer));
  // What still comes is read and dropped: unread bytes would turn the FIN into a RST and lose the answer.
  socket.resume();
  socket.once('end', () => socket.destroySoon());
}
