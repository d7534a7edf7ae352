// Absolute stop conditions on production's own requests: "production.p99 above 250ms". Counted in fixed windows of event time as
// plain data; a run is aborted after several breached windows in a row, so that one bad moment is not an incident.
import type { StopCondition } from '../../model.ts';

export interface StopState {
  /** Number of the open window since the epoch; null before the first request. */
  readonly window: number | null;
  readonly requests: number;
  /** Requests of the open window over the condition's limit (or failed, for errors). */
  readonly exceeded: number;
  readonly breachedInARow: number;
  /** Closed windows in a row with fewer than `minCount` requests: the signal is missing. They neither breach nor clear. */
  readonly quietInARow: number;
  /** Latches. */
  readonly isAborted: boolean;
}

export interface ProductionRequest {
  readonly at: number;
  readonly latencyMs: number;
  /** Production answered with an error, or not at all. */
  readonly failed: boolean;
}

/** Fewer requests over the limit than this are never a breach, however few there were in all. */
export const leastExceeded = 3;

/** The share of a window's requests that may exceed the limit: 1 % for p99, half for p50, the declared share for errors. */
export function allowedShare({ signal, above }: StopCondition): number {
  return { 'production.p99': 0.01, 'production.p50': 0.5, 'production.errors': above }[signal];
}

/** The state before the first request. */
export function newStopState(): StopState {
  return { window: null, requests: 0, exceeded: 0, breachedInARow: 0, quietInARow: 0, isAborted: false };
}

/** Counts one production request. One that belongs to a window closed already is counted in the open one. O(1). */
export function observeProduction(
  state: StopState,
  { condition, request }: { condition: StopCondition; request: ProductionRequest },
): StopState {
  const open = closeWindows(state, { condition, nowMs: request.at });
  const isOver = condition.signal === 'production.errors' ? request.failed : request.latencyMs > condition.above;
  return { ...open, requests: open.requests + 1, exceeded: open.exceeded + (isOver ? 1 : 0) };
}

/** Closes every window that ended at or before now; call it with the clock too, so that silence is noticed. O(1). */
export function closeWindows(
  state: StopState,
  { condition, nowMs }: { condition: StopCondition; nowMs: number },
): StopState {
  const now = Math.floor(nowMs / condition.windowMs);
  if (state.window === null) return { ...state, window: now };
  const passed = now - state.window;
  if (!(passed > 0)) return state;
  const closed = closeOne(state, condition);
  return { ...closed, window: now, quietInARow: passed > 1 ? closed.quietInARow + passed - 1 : closed.quietInARow };
}

function closeOne(state: StopState, condition: StopCondition): StopState {
  const fresh = { ...state, requests: 0, exceeded: 0 };
  if (state.requests < condition.minCount) return { ...fresh, quietInARow: state.quietInARow + 1 };
  const breachedInARow = isBreached(state, condition) ? state.breachedInARow + 1 : 0;
  return {
    ...fresh,
    quietInARow: 0,
    breachedInARow,
    isAborted: state.isAborted || breachedInARow >= condition.windows,
  };
}

/** Whether the window, were it to close now, counts as breached. */
export function isBreached({ requests, exceeded }: StopState, condition: StopCondition): boolean {
  return requests >= condition.minCount && exceeded >= leastBreach(requests, condition);
}

/** Fewest exceeding requests that breach a window of this many. */
export function leastBreach(requests: number, condition: StopCondition): number {
  // The tiny surplus keeps 1 % of 300 at 3 where floating point says 3.0000000000000004 or 2.9999999999999996.
  return Math.max(leastExceeded, Math.floor(allowedShare(condition) * requests + 1e-9) + 1);
}
