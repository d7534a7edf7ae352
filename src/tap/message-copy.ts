// The copy of one message, grown as its bytes come, in memory from the pool.
// The bytes are copied, never kept: read buffers belong to the relay.
import { type BufferPool, giveBack, noBuffer, takeBuffer } from './buffer-pool.ts';

export interface MessageCopy {
  held: Uint8Array;
  bytes: number;
  /** Longest message that is copied at all; known once its head is. */
  maxBytes: number;
  /** How long it will be, as far as its head says; 0 when it does not. */
  expectedBytes: number;
}

/** No more than this is set aside for bytes that have only been announced. */
const maxAheadBytes = 65536;

export function createMessageCopy(): MessageCopy {
  return { held: noBuffer, bytes: 0, maxBytes: 0, expectedBytes: 0 };
}

/** Adds bytes, or says why this message cannot be copied. */
export function appendBytes(
  copy: MessageCopy,
  source: Uint8Array,
  { from, to, pool }: { from: number; to: number; pool: BufferPool },
): 'too_large' | 'queue_full' | null {
  const needed = copy.bytes + (to - from);
  if (needed > copy.maxBytes) return 'too_large';
  if (needed > copy.held.length && !grow(copy, needed, pool)) return 'queue_full';
  copy.held.set(from === 0 && to === source.length ? source : source.subarray(from, to), copy.bytes);
  copy.bytes = needed;
  return null;
}

/** Lets go of the bytes. */
export function releaseCopy(copy: MessageCopy, pool: BufferPool): void {
  giveBack(pool, copy.held);
  copy.held = noBuffer;
  copy.bytes = 0;
}

function grow(copy: MessageCopy, needed: number, pool: BufferPool): boolean {
  const larger = takeBuffer(pool, Math.max(needed, Math.min(copy.expectedBytes, maxAheadBytes)));
  if (larger === null) return false;
  if (copy.bytes > 0) larger.set(copy.held.subarray(0, copy.bytes));
  giveBack(pool, copy.held);
  copy.held = larger;
  return true;
}
