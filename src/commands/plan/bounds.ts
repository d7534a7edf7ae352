// What bounds an experiment beyond its rates: the share that rises, the times at which it may send, its day, and what all experiments may send
// together.
import type { EffectiveConfig } from '../../config/effective.ts';
import { approximateSize } from '../../config/sizes-and-rates.ts';
import { percent, whole } from '../../core/judge/words.ts';
import { formatDuration } from '../../core/units.ts';
import type { Experiment } from '../../model.ts';
import { rampText } from '../../pipeline/ramp.ts';
import { rateText } from './say.ts';

export function boundLines(
  experiment: Experiment,
  config: Pick<EffectiveConfig, 'blastRadius' | 'experiments'>,
): string[] {
  const lines = [
    ...rampLines(experiment),
    ...(experiment.allowedTimes === undefined
      ? []
      : [
          `sends only ${experiment.allowedTimes.map(({ text }) => text).join(', ')}; a run ends where one of these ends`,
        ]),
    ...dayLines(experiment.blastRadius, 'each arm, over all its runs and restarts'),
    ...serviceLines(config),
  ];
  return lines.map((line, index) => `${index === 0 ? '  bounds    ' : '            '}${line}`);
}

function rampLines(experiment: Experiment): string[] {
  const { ramp } = experiment;
  if (ramp === undefined) return [];
  const earliestMs = ramp.holdMs * (ramp.shares.length - 1);
  return [
    `begins with ${percent(ramp.shares[0] ?? 0)} of the traffic and rises: ${rampText(experiment)}; a step lasts at least ${formatDuration(ramp.holdMs)} without a worry, so the last begins after ${formatDuration(earliestMs)} at the earliest`,
  ];
}

type DayCaps = Pick<Experiment['blastRadius'], 'maxRequestsPerDay' | 'maxBytesPerDay'>;

function dayLines(
  { maxRequestsPerDay: requests = null, maxBytesPerDay: bytes = null }: DayCaps,
  who: string,
): string[] {
  const caps = [
    ...(requests === null ? [] : [`${whole(requests)} requests`]),
    ...(bytes === null ? [] : [`${approximateSize(bytes)} of bodies`]),
  ];
  return caps.length === 0 ? [] : [`${caps.join(' and ')} in 24 hours to ${who}`];
}

function serviceLines({ blastRadius, experiments }: Pick<EffectiveConfig, 'blastRadius' | 'experiments'>): string[] {
  if (blastRadius === undefined) {
    const together = experiments.reduce((sum, one) => sum + one.arms.length * one.blastRadius.maxRequestsPerSecond, 0);
    return experiments.length < 2
      ? []
      : [
          `all ${experiments.length} experiments at once may send ${rateText(together)} to all their arms: no blastRadius caps them together`,
        ];
  }
  const { maxRequestsPerSecond: requests, maxBytesPerSecond: bytes } = blastRadius;
  const rates = [
    ...(requests === null ? [] : [rateText(requests)]),
    ...(bytes === null ? [] : [`${approximateSize(bytes)}/s`]),
  ];
  const who = 'all arms of all experiments together';
  return [
    ...(rates.length === 0 ? [] : [`${rates.join(' and ')} to ${who}`]),
    ...dayLines(blastRadius, `${who}, over restarts`),
  ];
}
