// The same relay by Node's public streams: bytes verbatim both ways, write first, tell second. It costs more and is there
// for a Node whose TCP handles are not as they are known.
import { connect, type Socket } from 'node:net';
import type { Observer } from './observer.ts';
import { keepAliveAfterSeconds, type Relayed, type RelayOptions } from './relayed.ts';

/** `client` must allow half-open and have no listeners yet. */
export function relayStream(client: Socket, { upstream: address, observer, unreachable, gone }: RelayOptions): Relayed {
  const upstream = connect({ ...address, allowHalfOpen: true, noDelay: true });
  let connectingSinceMs: number | null = performance.now();
  const giveUp = (): void => {
    unreachable();
    reset(client);
  };
  upstream.once('error', giveUp);
  upstream.once('close', () => {
    connectingSinceMs = null;
  });
  upstream.once('connect', () => {
    connectingSinceMs = null;
    upstream.off('error', giveUp);
  });
  relay(client, upstream, { observer, gone });
  return {
    connectingSinceMs: () => connectingSinceMs,
    observer,
    isQuiet: () => client.writableLength === 0 && upstream.writableLength === 0,
    end: () => {
      if (client.writableEnded) return;
      client.end();
      upstream.end();
    },
    cut: () => {
      reset(client);
      reset(upstream);
    },
    keepAlive: () => {
      client.setKeepAlive(true, keepAliveAfterSeconds * 1000);
      upstream.setKeepAlive(true, keepAliveAfterSeconds * 1000);
    },
  };
}

function relay(client: Socket, upstream: Socket, { observer, gone }: { observer: Observer; gone: () => void }): void {
  let openSides = 2;
  const closed = (): void => {
    openSides--;
    if (openSides > 0) return;
    observer.close();
    gone();
  };
  pass(client, upstream, { seen: (chunk) => observer.request(chunk), ended: () => undefined, closed });
  pass(upstream, client, {
    seen: (chunk) => observer.answer(chunk),
    ended: () => observer.answerEnd(),
    closed,
  });
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
function reset(socket: Socket): void {
  if (socket.destroyed) return;
  // Before the handshake there is nobody to reset; during a shutdown the kernel refuses the option that makes the RST.
  const isShuttingDown = socket.writableEnded && !socket.writableFinished;
  if (socket.connecting || isShuttingDown) socket.destroy();
  else socket.resetAndDestroy();
}
