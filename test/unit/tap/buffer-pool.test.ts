// The pool's bound holds, what is given back is used again, and what is counted as held is what was taken.
import { describe, expect, it } from 'vitest';
import { createBufferPool, giveBack, noBuffer, takeBuffer } from '../../../src/tap/buffer-pool.ts';

describe('the buffer pool', () => {
  it('gives at least what was asked for, up to its bound', () => {
    const pool = createBufferPool(8192);
    const one = takeBuffer(pool, 1);
    const two = takeBuffer(pool, 3000);
    expect([one?.length, two?.length, pool.heldBytes]).toEqual([1024, 4096, 5120]);
    expect(takeBuffer(pool, 3000)).toBe(null);
    expect(pool.heldBytes).toBe(5120);
  });

  it('uses again what comes back', () => {
    const pool = createBufferPool(1 << 20);
    const first = takeBuffer(pool, 2000) as Uint8Array;
    giveBack(pool, first);
    giveBack(pool, noBuffer);
    expect(pool.heldBytes).toBe(0);
    expect(takeBuffer(pool, 1500)).toBe(first);
  });
});
