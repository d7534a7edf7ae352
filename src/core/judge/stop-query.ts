// Stop conditions on a number that somebody else measures, such as a Prometheus query: over its limit so many times in a row, or not to
// be seen, and the run is aborted. How often that happens by mistake depends on the query alone; nothing here can bound it.

import type { Experiment, PrometheusStop } from '../../model.ts';
import { formatDuration } from '../units.ts';

/** What one asking has shown: a number, or the reason why there was none. */
export type Sight = { readonly value: number } | { readonly missing: string };

export interface QueryState {
  /** Answers over the limit since the last one that was not. */
  readonly overInARow: number;
  /** Askings without a usable answer since the last one with. */
  readonly missingInARow: number;
  /** Why the run is aborted; latches. */
  readonly abort: string | null;
}

export const newQueryState: QueryState = { overInARow: 0, missingInARow: 0, abort: null };

/** Without a usable answer this many times in a row the signal is missing: three of its periods. */
export const missingTimes = 3;

export function queryStops({ stopWhen }: Pick<Experiment, 'stopWhen'>): readonly PrometheusStop[] {
  return stopWhen.filter((condition) => condition.signal === 'prometheus');
}

export function isOver({ side, limit }: PrometheusStop, value: number): boolean {
  return side === 'above' ? value > limit : value < limit;
}

/** Counts what one asking has shown. A sight that is missing neither adds to the answers in a row nor breaks them off. */
export function judgeSight(
  state: QueryState,
  { condition, sight }: { condition: PrometheusStop; sight: Sight },
): QueryState {
  if (state.abort !== null) return state;
  if ('missing' in sight) {
    const missingInARow = state.missingInARow + 1;
    const abort = missingInARow >= missingTimes ? missingText(condition, sight.missing) : null;
    return { ...state, missingInARow, abort };
  }
  const overInARow = isOver(condition, sight.value) ? state.overInARow + 1 : 0;
  const abort = overInARow >= condition.times ? `stop condition met: ${condition.text} (${sight.value})` : null;
  return { overInARow, missingInARow: 0, abort };
}

/** Why a run cannot start on what was seen before it: one answer over the limit is enough, and so is none. Null when it can. */
export function whyNotStart(condition: PrometheusStop, sight: Sight): string | null {
  if ('missing' in sight) return `its stop condition cannot be watched: ${condition.text}: ${sight.missing}`;
  return isOver(condition, sight.value)
    ? `its stop condition is met already: ${condition.text} (${sight.value})`
    : null;
}

function missingText({ text, everyMs }: PrometheusStop, why: string): string {
  return `no usable answer to ${text} for ${missingTimes} × ${formatDuration(everyMs)}: it cannot be watched (${why})`;
}
