// Bytes on their way to a TCP client, each held until its time: delayed, slowed to a rate, or kept until the faults are
// removed. Order is kept; a line that holds much stops its source.
import type { Socket } from 'node:net';
import { send } from './sockets.ts';

export interface DelayLine {
  /** Resolves when more may be pushed. */
  push(bytes: Buffer, options: PushOptions): Promise<void>;
  /** Nothing is held, and nothing still being written. */
  isEmpty(): boolean;
  /** Everything held goes out now. */
  flush(): void;
  /** Resolves when all that was pushed is out, or the client gone. */
  drained(): Promise<void>;
}

export interface PushOptions {
  readonly holdMs: number;
  readonly bytesPerSecond: number | null;
  /** Runs when the first of the bytes went out. */
  readonly whenOut: () => void;
}

interface Held {
  readonly bytes: Buffer;
  readonly whenOut: (() => void) | null;
  readonly dueMs: number;
}

const maxHeldBytes = 1024 * 1024;
const piecesPerSecond = 20;
const longestTimerMs = 2_147_483_647;

export function createDelayLine(client: Socket): DelayLine {
  const line: Held[] = [];
  const waiting = new Set<() => void>();
  let heldBytes = 0;
  let lastDueMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let isWriting = false;
  const isEmpty = (): boolean => line.length === 0 && !isWriting;
  const tell = (): void => {
    for (const run of waiting) run();
    waiting.clear();
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue() && !client.destroyed) await new Promise<void>((resolve) => waiting.add(resolve));
  };
  const advance = async (): Promise<void> => {
    clearTimeout(timer);
    if (isWriting) return;
    isWriting = true;
    for (let head = line[0]; head && !client.destroyed; head = line[0]) {
      const leftMs = head.dueMs - performance.now();
      if (leftMs > 0.5) {
        if (leftMs < longestTimerMs) timer = setTimeout(() => void advance(), leftMs);
        break;
      }
      line.shift();
      heldBytes -= head.bytes.length;
      head.whenOut?.();
      await send(client, head.bytes);
    }
    isWriting = false;
    tell();
  };
  client.once('close', () => {
    clearTimeout(timer);
    tell();
  });
  return {
    push: async (bytes, { holdMs, bytesPerSecond, whenOut }) => {
      const size = bytesPerSecond === null ? bytes.length : Math.max(1, Math.floor(bytesPerSecond / piecesPerSecond));
      for (let at = 0; at < bytes.length; at += size) {
        const piece = bytes.subarray(at, at + size);
        const onWireMs = bytesPerSecond === null ? 0 : (piece.length / bytesPerSecond) * 1000;
        lastDueMs = Math.max(at === 0 ? performance.now() + holdMs : 0, lastDueMs) + onWireMs;
        line.push({ bytes: piece, dueMs: lastDueMs, whenOut: at === 0 ? whenOut : null });
        heldBytes += piece.length;
      }
      void advance();
      await until(() => heldBytes <= maxHeldBytes);
    },
    flush: () => {
      for (const [index, held] of line.entries()) line[index] = { ...held, dueMs: 0 };
      lastDueMs = 0;
      void advance();
    },
    isEmpty,
    drained: () => until(isEmpty),
  };
}
