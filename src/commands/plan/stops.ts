// What stops an experiment, how rarely it stops a healthy one, and how soon a sick one: printed so that people see what they chose.
import { stopMeaning } from '../../config/stop-meaning.ts';
import { mostFalseAborts } from '../../core/judge/false-abort-rate.ts';
import { allowedShare, type StopRule, stopRulesOf } from '../../core/judge/stop-condition.ts';
import { noticeMs } from '../../core/judge/stop-notice.ts';
import { queryStops } from '../../core/judge/stop-query.ts';
import { percent } from '../../core/judge/words.ts';
import { formatDuration } from '../../core/units.ts';
import type { Experiment } from '../../model.ts';
import { missingAfterMs } from '../../pipeline/stop.ts';
import { about, rateText } from './say.ts';
import type { Traffic } from './traffic.ts';

export function stopLines(experiment: Experiment, traffic: Traffic): string[] {
  if (experiment.stopWhen.length === 0) return ['  stops     never by itself: no stop condition'];
  const lines = [...productionLines(experiment, traffic), ...queryLines(experiment)];
  const strikes = experiment.arms.some(({ faults }) => faults.length > 0);
  const restore = strikes ? ['what was broken is put back when the run ends, however it ends'] : [];
  return [...lines, ...restore].map((line, index) => `${index === 0 ? '  stops     ' : '            '}${line}`);
}

/** Nobody can state how often a query is over its limit by mistake but who wrote it. */
function queryLines(experiment: Experiment): string[] {
  return queryStops(experiment).map((condition) => `${condition.text} at ${condition.url}: ${stopMeaning(condition)}`);
}

function productionLines(experiment: Experiment, { productionPerSecond }: Traffic): string[] {
  const rules = stopRulesOf(experiment);
  if (rules.length === 0) return [];
  const which = rules.length === 1 ? 'this limit' : 'all of these limits';
  const missing = formatDuration(missingAfterMs(experiment));
  return [
    ...rules.flatMap((rule) => [
      `${rule.condition.text}: ${stopMeaning(rule.condition)}`,
      `noticed at ${rateText(productionPerSecond)}: ${notices(rule, productionPerSecond)}`,
    ]),
    `by mistake in at most ${percent(mostFalseAborts)} of runs while production is within ${which}`,
    `also when no request of production was seen for ${missing}: a missing signal cannot be watched`,
  ];
}

/** Twice and five times what is allowed, and all requests. */
function notices(rule: StopRule, requestsPerSecond: number): string {
  const allowed = allowedShare(rule.condition);
  return [2 * allowed, 5 * allowed, 1]
    .filter((share, index, all) => share < 1 || index === all.length - 1)
    .map((share) => {
      const ms = noticeMs(rule, { share, requestsPerSecond });
      const what = share === 1 ? 'all requests' : percent(share);
      return ms === null ? `${what} hardly ever` : `${what} after about ${about(ms)}`;
    })
    .join(', ');
}
