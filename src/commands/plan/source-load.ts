// What a source itself sends, beside every experiment: a mirror whose answers come from a control asks it whether or not a run is on.

import type { EffectiveConfig } from '../../config/effective.ts';
import { formatDuration } from '../../core/units.ts';

/** Empty: sources send nothing, which is the ordinary case. */
export function sourceLoadLines({ source }: Pick<EffectiveConfig, 'source'>): readonly string[] {
  const control = source.mirror?.control;
  if (control === undefined || control === null) return [];
  const { url, maxRequestsPerSecond, maxInFlight, deadlineMs } = control;
  return [
    `source.mirror asks ${url} for production's answers, one call per mirrored request, with or without a run:`,
    `  at most ${maxRequestsPerSecond} requests per second and ${maxInFlight} at a time, each for at most ${formatDuration(deadlineMs)}; the kill switch ends it`,
  ];
}
