// A stop condition in words: what must be proven of production before a run is aborted, over which windows, and what else is asked.

import { allowedShare } from '../core/judge/stop-condition.ts';
import { missingTimes } from '../core/judge/stop-query.ts';
import { percent } from '../core/judge/words.ts';
import { formatDuration } from '../core/units.ts';
import type { PrometheusStop, StopCondition } from '../model.ts';

/** @example "proven, in windows of 1s, that more than 1 % of production’s requests take longer" */
export function stopMeaning(condition: StopCondition): string {
  if (condition.signal === 'prometheus') return queryMeaning(condition);
  const { signal, windowMs, minCount, windows } = condition;
  const over = signal === 'production.errors' ? 'fail' : 'take longer';
  return [
    `proven, in windows of ${formatDuration(windowMs)}, that more than ${percent(allowedShare(condition))} of production’s requests ${over}`,
    ...(minCount > 1 ? [`windows are joined until they hold ${minCount} requests`] : []),
    ...(windows > 1 ? [`the last ${windows} windows in a row must be over, too`] : []),
  ].join('; ');
}

function queryMeaning({ side, limit, everyMs, times }: PrometheusStop): string {
  const every = formatDuration(everyMs);
  const answers = times === 1 ? 'one answer' : `${times} answers in a row`;
  return [
    `asked every ${every}: ${answers} ${side} ${limit}`,
    `${missingTimes} × ${every} without an answer of exactly one number that is not old`,
    'a run does not start while either is so',
    'how often it aborts by mistake depends on the query and cannot be stated',
  ].join('; ');
}
