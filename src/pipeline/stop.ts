// Stop conditions of a run: production's own requests, all of them, against absolute limits. No signal is a reason to stop too.
import {
  closeWindows,
  observeProduction as count,
  newStopState,
  productionStops,
  type StopRule,
  type StopState,
  stopRulesOf,
} from '../core/judge/stop-condition.ts';
import { newQueryState, type QueryState, queryStops } from '../core/judge/stop-query.ts';
import type { Experiment, PrometheusStop } from '../model.ts';
import type { ReadExchange } from './read-exchange.ts';
import type { RunContext } from './run-context.ts';

export interface WatchedQuery {
  readonly condition: PrometheusStop;
  state: QueryState;
}

export interface Stops {
  readonly conditions: readonly { readonly rule: StopRule; state: StopState }[];
  /** Asked for elsewhere, on a timer. */
  readonly queries: readonly WatchedQuery[];
  lastSignalAt: number | null;
  /** Nobody watched before: a restart must not look like silence. */
  readonly watchedSince: number;
}

/** Without any request of production for this long its signal is missing: three of the longest windows, at least 30 s. */
export function missingAfterMs(experiment: Pick<Experiment, 'stopWhen'>): number {
  return Math.max(30_000, ...productionStops(experiment).map(({ windowMs }) => 3 * windowMs));
}

/** Empty: what was seen before a restart is gone, which only makes an abort later, never more likely. */
export function createStops(experiment: Experiment, nowMs: number): Stops {
  return {
    conditions: stopRulesOf(experiment).map((rule) => ({ rule, state: newStopState(rule) })),
    queries: queryStops(experiment).map((condition) => ({ condition, state: newQueryState })),
    lastSignalAt: null,
    watchedSince: nowMs,
  };
}

export function observeProduction({ stops }: RunContext, seen: Exclude<ReadExchange, { type: 'ignored' }>): void {
  const { arrivedAt: at, latencyMs } = seen.type === 'comparable' ? seen.exchange : seen;
  const failed = seen.type === 'not-comparable' && seen.failed;
  stops.lastSignalAt = Math.max(stops.lastSignalAt ?? 0, at);
  for (const one of stops.conditions) {
    one.state = count(one.state, { rule: one.rule, request: { at, latencyMs, failed } });
  }
}

/** Why the run must be aborted now; null while production is well and can be seen. */
export function stopReason({ stops, run }: RunContext, nowMs: number): string | null {
  for (const one of stops.conditions) {
    one.state = closeWindows(one.state, { rule: one.rule, nowMs });
    if (one.state.isAborted) return `stop condition met: ${one.rule.condition.text}`;
  }
  const abort = stops.queries.find(({ state }) => state.abort !== null)?.state.abort;
  if (abort !== undefined && abort !== null) return abort;
  const silentMs = nowMs - Math.max(stops.lastSignalAt ?? 0, stops.watchedSince, run.scoringSince ?? nowMs);
  const isSilent = run.state === 'RUNNING' && silentMs > missingAfterMs(run.definition);
  if (stops.conditions.length === 0 || !isSilent) return null;
  return `no production request for ${Math.round(silentMs / 1000)} s: its stop conditions cannot be watched`;
}
