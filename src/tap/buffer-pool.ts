// Memory for copies of messages under way: in sizes of powers of two, used again, and all of it together within one bound.

const leastBytes = 1024;
/** Larger buffers are rare and are left to the collector. */
const keptBytes = 65536;
const keptPerSize = 64;

export interface BufferPool {
  readonly maxBytes: number;
  heldBytes: number;
  readonly free: Map<number, Uint8Array[]>;
}

export const noBuffer = new Uint8Array(0);

export function createBufferPool(maxBytes: number): BufferPool {
  return { maxBytes, heldBytes: 0, free: new Map() };
}

/** A buffer of at least that many bytes, or null: the bound is reached. */
export function takeBuffer(pool: BufferPool, bytes: number): Uint8Array | null {
  let size = leastBytes;
  while (size < bytes) size *= 2;
  if (pool.heldBytes + size > pool.maxBytes) return null;
  pool.heldBytes += size;
  return pool.free.get(size)?.pop() ?? new Uint8Array(size);
}

export function giveBack(pool: BufferPool, buffer: Uint8Array): void {
  const size = buffer.length;
  if (size === 0) return;
  pool.heldBytes -= size;
  if (size > keptBytes) return;
  const free = pool.free.get(size);
  if (free === undefined) pool.free.set(size, [buffer]);
  else if (free.length < keptPerSize) free.push(buffer);
}
