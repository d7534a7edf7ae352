// A rate shared by all runs, as a bucket that holds one second's worth and is empty when penumbra starts, so that no restart refills it.
import type { Purse } from './purse.ts';

export interface RateLimits {
  /** Per second; null: without a limit. */
  readonly requests: number | null;
  readonly bytes: number | null;
}

/** In any stretch of time no more than the rates allow, and on top one second's worth or one copy to all arms, whichever is larger. */
export function createRatePurse({ requests, bytes }: RateLimits, { paceMs }: { paceMs: () => number }): Purse {
  const one = createBucket(requests, paceMs);
  const other = createBucket(bytes, paceMs);
  return {
    has: (cost) => one.has(cost.requests) && other.has(cost.bytes),
    take: (cost) => {
      one.take(cost.requests);
      other.take(cost.bytes);
    },
  };
}

function createBucket(perSecond: number | null, paceMs: () => number) {
  if (perSecond === null) return { has: () => true, take: () => {} };
  const most = Math.max(1, perSecond);
  let level = 0;
  let filledAtMs = paceMs();
  return {
    // What is larger than the bucket needs a full one, and leaves a debt.
    has: (amount: number): boolean => {
      const nowMs = paceMs();
      level = Math.min(most, level + (Math.max(0, nowMs - filledAtMs) / 1000) * perSecond);
      filledAtMs = Math.max(filledAtMs, nowMs);
      return level >= Math.min(amount, most);
    },
    take: (amount: number): void => {
      level -= amount;
    },
  };
}
