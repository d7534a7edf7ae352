// A drill written back in the config's own words, for `validate --effective`, and its planted regression in a few words for people.
import { formatDuration, formatShare } from '../core/units.ts';
import type { KindUse } from '../model.ts';
import type { DrillConfig } from './drill-config.ts';
import { stopText, useText } from './experiment-text.ts';
import { perturbationFamily } from './perturbations.ts';

export function drillText(drill: DrillConfig) {
  const { experiment, arm, perturbations, decisions, stopWhen, schedule } = drill;
  return {
    experiment,
    arm,
    perturb: perturbations.map((use) => useText(use, perturbationFamily)),
    decision: decisions.length === 1 ? decisions[0] : undefined,
    limit: formatShare(drill.tolerance),
    share: formatShare(drill.share),
    within: formatDuration(drill.withinMs),
    budget: { requests: `${drill.maxRequestsPerSecond} per second`, total: drill.maxRequests },
    stopWhen: stopWhen.length > 0 ? stopWhen.map(stopText) : undefined,
    receiver: drill.receiver ?? undefined,
    schedule: schedule
      ? {
          every: schedule.everyMs === undefined ? undefined : formatDuration(schedule.everyMs),
          at: schedule.at,
          zone: schedule.zone,
        }
      : undefined,
  };
}

/** "zero dep_delay, wind_speed; noise distance" */
export function plantedText(perturbations: readonly KindUse[]): string {
  return perturbations.map(({ type, options }) => `${type} ${[options.features].flat().join(', ')}`).join('; ');
}
