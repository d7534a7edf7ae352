// When a drill is over, and with what result. It has succeeded only when every sink took the alert, and it was seen to arrive where
// somebody looks for it.
import { formatDuration } from '../../core/units.ts';
import type { Drill, DrillResult } from '../../io/store-port.ts';
import type { Run } from '../../model.ts';

export interface DrillEnd {
  readonly result: DrillResult;
  readonly reason: string;
}

export interface Moment {
  readonly run: Pick<Run, 'state' | 'endedAt' | 'endReason'>;
  readonly nowMs: number;
}

/** Null while it goes on. */
export function endOfDrill(drill: Drill, { run, nowMs }: Moment): DrillEnd | null {
  if (run.endedAt !== null && run.state !== 'COMPLETED') {
    return { result: 'aborted', reason: run.endReason ?? 'its run was ended' };
  }
  const isOver = nowMs - drill.startedAt >= drill.withinMs;
  if (drill.verdict !== null) return endOfAlert(drill, isOver);
  return isOver || run.endedAt !== null ? unfound(drill, isOver) : null;
}

function unfound({ plantedRequests, withinMs, maxRequests, planted }: Drill, isOver: boolean): DrillEnd {
  if (plantedRequests === 0) {
    const reason = `not one request was changed within ${formatDuration(withinMs)}: no traffic, no arm that answers, or nothing for "${planted}" to change`;
    return { result: 'no_data', reason };
  }
  const spent = isOver ? `within ${formatDuration(withinMs)}` : `with the ${maxRequests} requests that it may send`;
  return { result: 'not_found', reason: `the planted regression was not found ${spent}` };
}

function endOfAlert({ deliveries, arrival, withinMs }: Drill, isOver: boolean): DrillEnd | null {
  const refused = deliveries.find(({ isRefused }) => isRefused);
  if (refused !== undefined) {
    return { result: 'not_delivered', reason: `${refused.sink} refused the alert (${refused.detail})` };
  }
  const missing = deliveries.find(({ at }) => at === null);
  if (missing === undefined && arrival.at !== null) {
    return { result: 'arrived', reason: `the alert arrived at ${arrival.where}` };
  }
  if (missing === undefined && !arrival.isAwaited) {
    return { result: 'delivered', reason: 'every sink took the alert; arrival was not checked' };
  }
  if (!isOver) return null;
  const within = formatDuration(withinMs);
  if (missing !== undefined) {
    const why = missing.detail === null ? '' : ` (${missing.detail})`;
    return { result: 'not_delivered', reason: `${missing.sink} did not take the alert within ${within}${why}` };
  }
  return { result: 'not_arrived', reason: `every sink took the alert, and it was not seen to arrive within ${within}` };
}
