// Finds the end of a header block. A block that lies whole in one chunk is read in place; one that is spread over several
// is put together in a buffer of bounded size, each byte looked at once.
import type { BlindReason } from './counters.ts';
import { carriageReturn, lineFeed } from './octets.ts';

export const maxHeadBytes = 65536;

export interface HeadCollector {
  /** Where the whole block lies, once `isWhole`. */
  source: Uint8Array;
  from: number;
  to: number;
  isWhole: boolean;
  fault: BlindReason | null;
  /** Bytes of the block seen in earlier chunks, kept at the beginning of `held`. */
  held: Buffer;
  heldBytes: number;
  lineBytes: number;
  isAfterReturn: boolean;
}

export function createHeadCollector(): HeadCollector {
  const nothing = Buffer.alloc(0);
  return {
    source: nothing,
    from: 0,
    to: 0,
    isWhole: false,
    fault: null,
    held: nothing,
    heldBytes: 0,
    lineBytes: 0,
    isAfterReturn: false,
  };
}

/** Whether nothing of the present block has been seen yet. */
export function isFresh(head: HeadCollector): boolean {
  return head.heldBytes === 0;
}

/** Makes the collector ready for the next block. */
export function resetHead(head: HeadCollector): void {
  head.source = head.held;
  head.isWhole = false;
  head.heldBytes = 0;
  head.lineBytes = 0;
  head.isAfterReturn = false;
}

/** Reads on from `at`; returns the index behind what belongs to the block. Sets `isWhole` or `fault` when it is decided. */
export function collectHead(head: HeadCollector, chunk: Uint8Array, at: number): number {
  const end = findEnd(head, chunk, at);
  const to = end === -1 ? chunk.length : end;
  if (head.fault !== null) return to;
  if (head.heldBytes + (to - at) > maxHeadBytes) {
    head.fault = 'head_too_large';
    return to;
  }
  head.isWhole = end !== -1;
  if (head.isWhole && head.heldBytes === 0) {
    head.source = chunk;
    head.from = at;
    head.to = to;
    return to;
  }
  hold(head, chunk, { from: at, to });
  head.source = head.held;
  head.from = 0;
  head.to = head.heldBytes;
  return to;
}

function findEnd(head: HeadCollector, chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at];
    if (head.isAfterReturn ? byte !== lineFeed : byte === lineFeed) {
      head.fault = 'bare_line_end';
      return at;
    }
    if (head.isAfterReturn) {
      head.isAfterReturn = false;
      if (head.lineBytes === 0) return at + 1;
      head.lineBytes = 0;
    } else if (byte === carriageReturn) head.isAfterReturn = true;
    else head.lineBytes++;
  }
  return -1;
}

function hold(head: HeadCollector, chunk: Uint8Array, { from, to }: { from: number; to: number }): void {
  const needed = head.heldBytes + (to - from);
  if (needed > head.held.length) {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * head.held.length, 1024));
    head.held.copy(larger, 0, 0, head.heldBytes);
    head.held = larger;
  }
  head.held.set(chunk.subarray(from, to), head.heldBytes);
  head.heldBytes = needed;
}
