// `ramp`: the share rises in steps, each held for a while; `allowedTimes`: when copies may be sent at all. Both bound what an experiment can do
// before anybody looks.
import { isAllowedAt, parseAllowedTime } from '../core/allowed-times.ts';
import { formatDuration, formatShare } from '../core/units.ts';
import type { AllowedTime, Experiment, Ramp, StopCondition } from '../model.ts';
import { rampSchema } from './budget-schema.ts';
import { childOf, listOf, nameOf, readShape, type Spot, show } from './shape.ts';

/** Null without one, or when it was reported. */
export function readRamp(spot: Spot, stopWhen: readonly StopCondition[]): Ramp | null {
  const written = childOf(spot, 'ramp');
  const { path, problems } = written;
  if (written.value === undefined) return null;
  const shape = readShape(rampSchema, written);
  const before = problems.count();
  for (const [key, why] of [
    ['share', 'the last step is the share'],
    ['epoch', 'every epoch would begin with the first step again'],
  ] as const) {
    if (childOf(spot, key).value !== undefined) problems.atKey([...spot.path, key], `${key} contradicts ramp: ${why}`);
  }
  if (stopWhen.length === 0 && childOf(spot, 'stopWhen').value === undefined)
    problems.atKey(path, 'ramp requires stopWhen: a step holds while one of its conditions is over its limit');
  if (shape === null || problems.count() > before) return null;
  for (const [index, share] of shape.steps.entries()) {
    const previous = shape.steps[index - 1];
    if (previous === undefined || share > previous) continue;
    problems.at(
      [...path, 'steps', index],
      `${nameOf(path)}.steps requires shares that rise: ${formatShare(share)} is not above ${formatShare(previous)}`,
    );
  }
  const longestMs = Math.max(0, ...stopWhen.map((one) => (one.signal === 'prometheus' ? one.everyMs : one.windowMs)));
  if (shape.hold < longestMs)
    problems.at(
      [...path, 'hold'],
      `${nameOf(path)}.hold (${formatDuration(shape.hold)}) requires at least the longest window of stopWhen (${formatDuration(longestMs)}): a step could end unseen`,
    );
  return problems.count() > before ? null : { shares: shape.steps, holdMs: shape.hold };
}

/** Null without any, or when one was reported. */
export function readAllowedTimes(spot: Spot): readonly AllowedTime[] | null {
  const written = childOf(spot, 'allowedTimes');
  if (written.value === undefined) return null;
  const { problems } = spot;
  const before = problems.count();
  if (childOf(spot, 'epoch').value !== undefined)
    problems.atKey(
      written.path,
      'allowedTimes contradicts epoch: a run ends where its time ends, and epochs go on for ever',
    );
  const times = listOf(written, 'times of the week such as Mon-Fri 09:00-17:00 Europe/Berlin').flatMap(readOne);
  return problems.count() > before ? null : times;
}

function readOne({ value, path, problems }: Spot): AllowedTime[] {
  const time = typeof value === 'string' ? parseAllowedTime(value) : null;
  if (time === null) {
    const allowed = 'days, hours and a time zone, such as "Mon-Fri 09:00-17:00 Europe/Berlin" or "daily 22:00-04:00"';
    problems.at(path, `${nameOf(path)} requires ${allowed}, got ${show(value)}`);
    return [];
  }
  try {
    isAllowedAt([time], 0);
    return [time];
  } catch {
    problems.at(path, `${nameOf(path)} requires a time zone such as Europe/Berlin or UTC, got ${show(time.zone)}`);
    return [];
  }
}

/** As a config writes them. */
export function rampAndTimesText({ ramp, allowedTimes }: Pick<Experiment, 'ramp' | 'allowedTimes'>) {
  return {
    ramp: ramp && { steps: ramp.shares.map(formatShare), hold: formatDuration(ramp.holdMs) },
    allowedTimes: allowedTimes?.map(({ text }) => text),
  };
}
