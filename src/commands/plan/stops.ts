// What stops an experiment, and how often it would stop a healthy one: printed so that people see what they chose.
import { falseAbortRate } from '../../core/judge/false-abort-rate.ts';
import { allowedShare } from '../../core/judge/stop-condition.ts';
import { percent } from '../../core/judge/words.ts';
import { formatDuration } from '../../core/units.ts';
import type { Experiment, StopCondition } from '../../model.ts';
import type { Traffic } from './traffic.ts';

export function stopLines({ stopWhen, maxTimeMs }: Experiment, { productionPerSecond }: Traffic): string[] {
  if (stopWhen.length === 0) return ['  stops     never by itself: no stop condition'];
  return stopWhen.map((condition, index) => {
    const lead = index === 0 ? '  stops     ' : '            ';
    return `${lead}${condition.text}, in ${condition.windows} windows of ${formatDuration(condition.windowMs)} in a row; ${falseAborts(condition, { maxTimeMs, productionPerSecond })}`;
  });
}

/** How often a production that stays within the condition is stopped all the same: far inside it, and close to it. */
function falseAborts(
  condition: StopCondition,
  { maxTimeMs, productionPerSecond }: { maxTimeMs: number; productionPerSecond: number },
): string {
  const requestsPerWindow = Math.floor((productionPerSecond * condition.windowMs) / 1000);
  if (requestsPerWindow < condition.minCount) {
    return `a window holds about ${requestsPerWindow} requests, fewer than minCount (${condition.minCount}): the signal would be missing, which aborts the run`;
  }
  const windows = Math.floor(maxTimeMs / condition.windowMs);
  const chance = (part: number): string => {
    const healthyShare = allowedShare(condition) * part;
    const rate = falseAbortRate(condition, { healthyShare, requestsPerWindow, windows });
    return rate < 1e-6 ? 'practically none' : percent(rate);
  };
  return `runs stopped by mistake: ${chance(0.1)} if production has a tenth of that, ${chance(0.5)} if it has half`;
}
