// The copy of one message, grown as its bytes come and paid for out of the budget.
// The bytes are copied, never kept: read buffers belong to the relay.
import { type Budget, giveBytes, takeBytes } from './budget.ts';

const firstBytes = 1024;

export interface MessageCopy {
  held: Buffer;
  bytes: number;
  /** Longest message that is copied at all; known once its head is. */
  maxBytes: number;
}

const nothing = Buffer.alloc(0);

export function createMessageCopy(): MessageCopy {
  return { held: nothing, bytes: 0, maxBytes: 0 };
}

/** Adds bytes, or says why this message cannot be copied. */
export function appendBytes(
  copy: MessageCopy,
  source: Uint8Array,
  { from, to, budget }: { from: number; to: number; budget: Budget },
): 'too_large' | 'queue_full' | null {
  const needed = copy.bytes + (to - from);
  if (needed > copy.maxBytes) return 'too_large';
  if (needed > copy.held.length && !grow(copy, needed, budget)) return 'queue_full';
  copy.held.set(source.subarray(from, to), copy.bytes);
  copy.bytes = needed;
  return null;
}

/** Lets go of the bytes. */
export function releaseCopy(copy: MessageCopy, budget: Budget): void {
  giveBytes(budget, copy.held.length);
  copy.held = nothing;
  copy.bytes = 0;
}

/** Doubling keeps a body that comes byte by byte linear; a pooled buffer would keep its whole pool alive uncounted. */
function grow(copy: MessageCopy, needed: number, budget: Budget): boolean {
  const size = Math.min(copy.maxBytes, Math.max(needed, 2 * copy.held.length, firstBytes));
  if (!takeBytes(budget, size)) return false;
  const larger = Buffer.allocUnsafeSlow(size);
  larger.set(copy.held.subarray(0, copy.bytes));
  giveBytes(budget, copy.held.length);
  copy.held = larger;
  return true;
}
