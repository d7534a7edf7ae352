// Writes at a limited rate, in pieces of at most a twentieth of a second, until the faults are removed: then the rest at once.
import type { Socket } from 'node:net';
import type { Engagement } from './engagement.ts';
import { send } from './sockets.ts';

/** False when the reader is gone. */
export type Pace = (bytes: Buffer) => Promise<boolean>;

const piecesPerSecond = 20;

export function createPace(
  bytesPerSecond: number,
  { client, engagement }: { client: Socket; engagement: Engagement },
): Pace {
  const pieceBytes = Math.max(1, Math.floor(bytesPerSecond / piecesPerSecond));
  let freeAtMs = 0;
  let isReleased = false;
  return async (bytes) => {
    let at = 0;
    while (at < bytes.length && !isReleased) {
      const piece = bytes.subarray(at, at + pieceBytes);
      const nowMs = performance.now();
      // From the plan, not from now: late timers do not add up.
      freeAtMs = Math.max(freeAtMs, nowMs) + (piece.length / bytesPerSecond) * 1000;
      const wait = engagement.hold(freeAtMs - nowMs);
      const leave = (): void => wait.end('gone');
      client.once('close', leave);
      isReleased = (await wait.ended) === 'released';
      client.off('close', leave);
      if (isReleased) break;
      if (!(await send(client, piece))) return false;
      at += piece.length;
    }
    return at === bytes.length || (await send(client, bytes.subarray(at)));
  };
}
