// What bounds an experiment, and how long its delays are, in words for whoever checks a config: the steps of its ramp, when it may send, what
// all experiments may send together.
import { isAllowedAt, nextAllowedAt } from '../core/allowed-times.ts';
import { percent } from '../core/judge/words.ts';
import { formatDuration } from '../core/units.ts';
import type { Experiment } from '../model.ts';
import { serviceBlastRadiusText } from './budget.ts';
import { heldText, lateText } from './delay-fault.ts';
import type { EffectiveConfig } from './effective.ts';

/** @example "begins with 1 % of the traffic and rises: 1 %, 5 %, 25 %, each step for at least 5m without a worry" */
export function boundsMeaning({ ramp, allowedTimes, arms }: Experiment, nowMs: number): readonly string[] {
  const delays = arms.flatMap((arm) =>
    arm.faults
      .filter(({ type }) => type === 'delay')
      .map(({ options }) => {
        const late = lateText(options, arm);
        const past = late === null ? '' : `; ${late} longer than the deadline of ${formatDuration(arm.deadlineMs)}`;
        return `${arm.name}: requests are held ${heldText(options)}${past}`;
      }),
  );
  const steps =
    ramp === undefined
      ? []
      : [
          `begins with ${percent(ramp.shares[0] ?? 0)} of the traffic and rises: ${ramp.shares.map(percent).join(', ')}, each step for at least ${formatDuration(ramp.holdMs)} without a worry`,
        ];
  if (allowedTimes === undefined) return [...delays, ...steps];
  const nextMs = isAllowedAt(allowedTimes, nowMs) ? nowMs : nextAllowedAt(allowedTimes, nowMs);
  const next = nextMs === null ? 'never' : nextMs === nowMs ? 'it may now' : `next ${new Date(nextMs).toISOString()}`;
  return [...delays, ...steps, `sends only ${allowedTimes.map(({ text }) => text).join(', ')}; ${next}`];
}

/** Empty without a cap over all experiments. */
export function serviceBoundsMeaning({ blastRadius }: Pick<EffectiveConfig, 'blastRadius'>): string {
  if (blastRadius === undefined) return '';
  const caps = Object.entries(serviceBlastRadiusText(blastRadius)).filter(([, value]) => value !== undefined);
  return `all experiments together: ${caps.map(([key, value]) => `${key} ${String(value)}`).join(', ')}\n`;
}
