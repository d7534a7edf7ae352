// Stop conditions of a run: production's own requests, all of them, against absolute limits. No signal is a reason to stop too.
import {
  closeWindows,
  observeProduction as count,
  newStopState,
  type StopState,
} from '../core/judge/stop-condition.ts';
import type { StopCondition } from '../model.ts';
import type { ReadExchange } from './read-exchange.ts';
import type { RunContext } from './run-context.ts';

export interface Stops {
  readonly conditions: readonly { readonly condition: StopCondition; state: StopState }[];
  lastSignalAt: number | null;
  /** Nobody watched before: a restart must not look like silence. */
  readonly watchedSince: number;
}

const missingAfterMs = 30_000;

export function createStops(conditions: readonly StopCondition[], nowMs: number): Stops {
  return {
    conditions: conditions.map((condition) => ({ condition, state: newStopState() })),
    lastSignalAt: null,
    watchedSince: nowMs,
  };
}

export function observeProduction({ stops }: RunContext, seen: Exclude<ReadExchange, { type: 'ignored' }>): void {
  const { arrivedAt: at, latencyMs } = seen.type === 'comparable' ? seen.exchange : seen;
  const failed = seen.type === 'not-comparable' && seen.failed;
  stops.lastSignalAt = Math.max(stops.lastSignalAt ?? 0, at);
  for (const one of stops.conditions) {
    one.state = count(one.state, { condition: one.condition, request: { at, latencyMs, failed } });
  }
}

/** Why the run must be aborted now; null while production is well and can be seen. */
export function stopReason({ stops, run }: RunContext, nowMs: number): string | null {
  for (const one of stops.conditions) {
    one.state = closeWindows(one.state, { condition: one.condition, nowMs });
    if (one.state.isAborted) return `stop condition met: ${one.condition.text}`;
  }
  const longestWindowMs = Math.max(0, ...stops.conditions.map(({ condition }) => condition.windowMs));
  const silentMs = nowMs - Math.max(stops.lastSignalAt ?? 0, stops.watchedSince, run.scoringSince ?? nowMs);
  const isSilent = run.state === 'RUNNING' && silentMs > Math.max(missingAfterMs, 3 * longestWindowMs);
  if (stops.conditions.length === 0 || !isSilent) return null;
  return `no production request for ${Math.round(silentMs / 1000)} s: its stop conditions cannot be watched`;
}
