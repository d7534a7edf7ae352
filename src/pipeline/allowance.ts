// How much a run may send now: requests and bytes per second, as token buckets that hold one second's worth. In any stretch of time no
// arm gets more than the budget for it and that second on top. Decided by arrival alone; what is over is skipped, nothing waits.
import type { BlastRadius } from '../model.ts';

/** What is left, at a moment of the comparator's clock. */
export interface Allowance {
  requests: number;
  bytes: number;
  filledAt: number;
}

/** `spent`: requests that may still be under way from before a restart. They are paid for, so that a restart refills nothing. */
export function newAllowance(budget: BlastRadius, { nowMs, spent }: { nowMs: number; spent: number }): Allowance {
  const { requests, bytes } = capacityOf(budget);
  return { requests: Math.max(0, requests - spent), bytes: spent === 0 ? bytes : 0, filledAt: nowMs };
}

/** Takes one request of so many bytes; false when that is over the budget, and nothing is taken. */
export function spend(
  allowance: Allowance,
  { budget, bytes, nowMs }: { budget: BlastRadius; bytes: number; nowMs: number },
): boolean {
  refill(allowance, budget, nowMs);
  if (allowance.requests < 1 || allowance.bytes < bytes) return false;
  allowance.requests -= 1;
  allowance.bytes -= bytes;
  return true;
}

function refill(allowance: Allowance, budget: BlastRadius, nowMs: number): void {
  Object.assign(allowance, leftOf(allowance, { budget, nowMs }));
  allowance.filledAt = Math.max(allowance.filledAt, nowMs);
}

/**
 * What may be sent at this moment. A clock that was set back refills nothing until it has caught up; one that was set forward refills
 * at most to the brim.
 */
export function leftOf(
  { requests, bytes, filledAt }: Readonly<Allowance>,
  { budget, nowMs }: { budget: BlastRadius; nowMs: number },
): { readonly requests: number; readonly bytes: number } {
  const seconds = Math.max(0, nowMs - filledAt) / 1000;
  const most = capacityOf(budget);
  return {
    requests: Math.min(most.requests, requests + seconds * budget.maxRequestsPerSecond),
    bytes: Math.min(most.bytes, bytes + seconds * budget.maxBytesPerSecond),
  };
}

/** One second's worth, but at least one request, and one of the longest bodies. */
export function capacityOf({ maxRequestsPerSecond, maxBytesPerSecond, maxBodyBytes }: BlastRadius) {
  return { requests: Math.max(1, maxRequestsPerSecond), bytes: Math.max(maxBodyBytes, maxBytesPerSecond) };
}
