// Whatever arrives when, and however often the process starts anew: no stretch of time gets more than the budget and one second's worth.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BlastRadius } from '../../../src/model.ts';
import { capacityOf, newAllowance, spend } from '../../../src/pipeline/allowance.ts';

const budget: BlastRadius = {
  maxRequestsPerSecond: 10,
  maxInFlightPerArm: 32,
  maxBodyBytes: 400,
  maxBytesPerSecond: 1000,
  maxRequests: 1e6,
};
const events = fc.array(
  fc.record({
    gapMs: fc.integer({ min: 0, max: 400 }),
    bytes: fc.integer({ min: 0, max: 400 }),
    restarts: fc.boolean(),
  }),
  { minLength: 1, maxLength: 300 },
);

interface Sent {
  readonly at: number;
  readonly bytes: number;
}

function sentOf(given: readonly { gapMs: number; bytes: number; restarts: boolean }[]): Sent[] {
  let nowMs = 0;
  let allowance = newAllowance(budget, { nowMs, spent: 0 });
  const sent: Sent[] = [];
  for (const { gapMs, bytes, restarts } of given) {
    nowMs += gapMs;
    // What was sent in the last second may be under way; a restart knows how many those are, not their size.
    const underWay = sent.filter(({ at }) => at > nowMs - 1000).length;
    if (restarts) allowance = newAllowance(budget, { nowMs, spent: underWay });
    if (spend(allowance, { budget, bytes, nowMs })) sent.push({ at: nowMs, bytes });
  }
  return sent;
}

describe('an allowance', () => {
  it('keeps every stretch of time within the budget, restarts or not', () => {
    fc.assert(
      fc.property(events, (given) => {
        const sent = sentOf(given);
        const most = capacityOf(budget);
        for (const [from, first] of sent.entries()) {
          let bytes = 0;
          for (const [index, one] of sent.slice(from).entries()) {
            bytes += one.bytes;
            const seconds = (one.at - first.at) / 1000;
            if (index + 1 > most.requests + 10 * seconds + 1e-6) throw new Error(`${index + 1} in ${seconds} s`);
            if (bytes > most.bytes + 1000 * seconds + 1e-6) throw new Error(`${bytes} bytes in ${seconds} s`);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('lets all of a load through that keeps within the budget', () => {
    const even = Array.from({ length: 100 }, () => ({ gapMs: 100, bytes: 100, restarts: false }));
    expect(sentOf(even)).toHaveLength(100);
  });

  it('is not filled by a clock that jumps, forward beyond the brim or back', () => {
    const allowance = newAllowance(budget, { nowMs: 1_000_000, spent: 0 });
    const burst = (nowMs: number): number =>
      Array.from({ length: 50 }, () => spend(allowance, { budget, bytes: 1, nowMs })).filter(Boolean).length;
    expect([burst(1_000_000), burst(5_000_000), burst(2_000_000), burst(4_999_999), burst(5_000_500)]).toEqual([
      ...[10, 10, 0, 0, 5],
    ]);
  });

  it('always has room for one request and one longest body', () => {
    const small = { ...budget, maxRequestsPerSecond: 0.1, maxBytesPerSecond: 10 };
    const allowance = newAllowance(small, { nowMs: 0, spent: 0 });
    expect(spend(allowance, { budget: small, bytes: 400, nowMs: 0 })).toBe(true);
    expect(spend(allowance, { budget: small, bytes: 1, nowMs: 9_000 })).toBe(false);
    expect(spend(allowance, { budget: small, bytes: 1, nowMs: 10_000 })).toBe(true);
  });
});
