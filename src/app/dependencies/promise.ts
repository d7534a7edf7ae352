// Whether a dependency keeps its own promise now: of the calls of the latest minute, not of all since its proxy began, so that a promise
// that was broken once can be kept again.
import type { ProxyState } from '../../faults/proxy/state.ts';

export interface PromiseWindow {
  /** Takes what the proxy said; call it about twice a second. */
  note(state: ProxyState, nowMs: number): void;
  /** Null where nothing is promised, and before the first answer. */
  isKept(): boolean | null;
}

interface Seen {
  readonly atMs: number;
  readonly calls: number;
  readonly slow: number;
  readonly failed: number;
}

const windowMs = 60_000;
/** Of the calls; a limit on single calls would otherwise break with the first slow one. */
const slowShare = 0.01;

export function createPromiseWindow(): PromiseWindow {
  let seen: Seen[] = [];
  let promised: { slow: number | null; failed: number | null } = { slow: null, failed: null };
  return {
    note: ({ calls, slo }, nowMs) => {
      promised = { slow: slo.latency === null ? null : slowShare, failed: slo.errors?.limit ?? null };
      const now = {
        atMs: nowMs,
        calls: calls.total,
        slow: slo.latency?.breaches ?? 0,
        failed: slo.errors?.breaches ?? 0,
      };
      // A proxy that was started anew counts from zero.
      if (now.calls < (seen.at(-1)?.calls ?? 0)) seen = [{ ...now, calls: 0, slow: 0, failed: 0 }];
      const firstInside = seen.findIndex(({ atMs }) => atMs > nowMs - windowMs);
      // The last before the window is what the window begins with.
      seen = [...seen.slice(Math.max(0, (firstInside < 0 ? seen.length : firstInside) - 1)), now];
    },
    isKept: () => {
      const [first, last] = [seen[0], seen.at(-1)];
      if (first === undefined || last === undefined || (promised.slow === null && promised.failed === null))
        return null;
      const calls = last.calls - first.calls;
      const isWithin = (bad: number, share: number | null): boolean => share === null || bad <= share * calls;
      return isWithin(last.slow - first.slow, promised.slow) && isWithin(last.failed - first.failed, promised.failed);
    },
  };
}
