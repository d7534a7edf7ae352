// The only part of penumbra that production depends on: two sockets, bytes verbatim both ways. Write first, tell second.
// Half-close is passed on as half-close, a reset as a reset, and a slow reader slows its writer down.
import type { Socket } from 'node:net';
import type { Observer } from './observer.ts';

/** Both sockets must allow half-open and have no listeners yet. `gone` is called once, when both are closed. */
export function relay(
  client: Socket,
  upstream: Socket,
  { observer, gone }: { observer: Observer; gone: () => void },
): void {
  let openSides = 2;
  const closed = (): void => {
    openSides--;
    if (openSides > 0) return;
    observer.close();
    gone();
  };
  pass(client, upstream, { seen: observer.request, ended: () => undefined, closed });
  pass(upstream, client, { seen: observer.answer, ended: observer.answerEnd, closed });
}

interface Told {
  readonly seen: (chunk: Buffer) => void;
  readonly ended: () => void;
  readonly closed: () => void;
}

function pass(from: Socket, to: Socket, { seen, ended, closed }: Told): void {
  from.on('data', (chunk: Buffer) => {
    const hasRoom = to.write(chunk);
    if (!hasRoom) from.pause();
    seen(chunk);
  });
  to.on('drain', () => from.resume());
  from.on('end', () => {
    to.end();
    ended();
  });
  // Also a write to `from` that fails ends here: its reader is gone.
  from.on('error', () => reset(to));
  from.on('close', () => {
    if (!from.readableEnded) reset(to);
    closed();
  });
}

/** Ends a connection as its peer ended: abruptly, with RST. */
export function reset(socket: Socket): void {
  if (socket.destroyed) return;
  // Before the handshake there is nobody to reset; during a shutdown the kernel refuses the option that makes the RST.
  const isShuttingDown = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || isShuttingDown) socket.destroy();
  else socket.resetAndDestroy();
}
