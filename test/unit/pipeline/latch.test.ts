// A latch: whoever waits for it goes on once it is open, whenever they asked.
import { describe, expect, it } from 'vitest';
import { newLatch, opened, openLatch } from '../../../src/pipeline/latch.ts';

describe('a latch', () => {
  it('lets everybody on who waited for it, in their order, and nobody before', async () => {
    const latch = newLatch();
    const seen: string[] = [];
    const both = Promise.all(['one', 'other'].map((name) => opened(latch).then(() => seen.push(name))));
    await Promise.resolve();
    expect(seen).toEqual([]);
    openLatch(latch);
    await both;
    expect(seen).toEqual(['one', 'other']);
  });

  it('keeps nobody waiting who asks after it was opened', async () => {
    const latch = newLatch();
    openLatch(latch);
    openLatch(latch);
    await expect(opened(latch)).resolves.toBeUndefined();
  });

  it('is one of its own: opening one opens no other', () => {
    const [one, other] = [newLatch(), newLatch()];
    openLatch(one);
    expect([one.isOpen, other.isOpen]).toEqual([true, false]);
  });
});
