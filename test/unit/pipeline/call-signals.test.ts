// Signals of calls: one that was not needed serves another call, one that was made use of never does.
import { describe, expect, it } from 'vitest';
import { giveBackSignal, takeSignal } from '../../../src/pipeline/call-signals.ts';

describe('a signal that aborts a call', () => {
  it('serves another call when nobody needed it', () => {
    const first = takeSignal();
    giveBackSignal(first);
    expect(takeSignal()).toBe(first);
  });

  it('is never one that another call has, or that was aborted', () => {
    const [one, other] = [takeSignal(), takeSignal()];
    expect(one).not.toBe(other);
    one.abort();
    giveBackSignal(one);
    const taken = Array.from({ length: 5000 }, takeSignal);
    expect(taken.some(({ signal }) => signal.aborted)).toBe(false);
  });

  it('is kept for later by the thousand at most', () => {
    const many = Array.from({ length: 3000 }, takeSignal);
    for (const one of many) giveBackSignal(one);
    const again = Array.from({ length: 3000 }, takeSignal);
    expect(again.filter((one) => many.includes(one)).length).toBeLessThanOrEqual(1024);
  });
});
