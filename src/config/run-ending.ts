// How a run of an experiment starts and ends: `maxTime` (in one of its two places), `start`, and who may be a candidate.
import type { Arm, CronTimes, Experiment } from '../model.ts';
import { duration } from './fields.ts';
import { readSchedule } from './schedule.ts';
import { scheduleSchema } from './schedule-schema.ts';
import { childOf, nameOf, readShape, type Spot } from './shape.ts';

export interface Ending {
  readonly maxTimeMs: number;
  /** Null: one finite run. */
  readonly epochMs: number | null;
  readonly start: Experiment['start'];
  /** Of `start: on-schedule`. */
  readonly schedule: CronTimes | null;
}

export interface EndingSetting {
  readonly arms: readonly Arm[];
  /** False when an arm was reported: what is missing may be that one. */
  readonly armsAreComplete: boolean;
  readonly bucketMs: number;
  readonly joinDeadlineMs: number;
}

const hourMs = 3_600_000;

export function readEnding(spot: Spot, { arms, armsAreComplete, bucketMs, joinDeadlineMs }: EndingSetting): Ending {
  const epochMs = readEpoch(spot);
  const timed = readTimes(spot);
  const maxTimeMs = epochMs ?? timed?.forMs ?? readMaxTime(spot);
  if (maxTimeMs <= bucketMs + joinDeadlineMs) {
    const written = ['epoch', 'maxTime'].map((key) => childOf(spot, key)).find(({ value }) => value !== undefined);
    const { path } = written ?? ofSchedule(spot) ?? childOf(childOf(spot, 'gate'), 'maxTime');
    spot.problems.at(path, `${nameOf(path)} requires more than bucket + joinDeadline: no bucket would close in time`);
  }
  const start = readStart(spot, { arms, armsAreComplete });
  return { maxTimeMs, epochMs, start: timed === null ? start : 'on-schedule', schedule: timed };
}

function ofSchedule(spot: Spot): Spot | undefined {
  const schedule = childOf(spot, 'schedule');
  return schedule.value === undefined ? undefined : childOf(schedule, 'for');
}

/** What starts by itself says all about its time in one place. Null without a schedule, or when it was reported. */
function readTimes(spot: Spot): (CronTimes & { readonly forMs: number }) | null {
  const written = childOf(spot, 'schedule');
  if (written.value === undefined) return null;
  const why: readonly (readonly [Spot, string])[] = [
    [childOf(spot, 'epoch'), 'a continuous experiment goes on for ever and is never started anew'],
    [childOf(spot, 'start'), 'a schedule says itself when a run starts'],
    [childOf(spot, 'maxTime'), 'say it once, as schedule.for'],
    [childOf(childOf(spot, 'gate'), 'maxTime'), 'say it once, as schedule.for'],
  ];
  for (const [{ value, path }, reason] of why) {
    if (value !== undefined) spot.problems.atKey(path, `${nameOf(path)} contradicts schedule: ${reason}`);
  }
  const shape = readSchedule(scheduleSchema, written);
  return shape && { at: shape.at, zone: shape.zone, forMs: shape.for };
}

/** A continuous experiment has no other end: what would end a run early contradicts it. */
function readEpoch(spot: Spot): number | null {
  const epochMs = quietly(childOf(spot, 'epoch'));
  if (epochMs === undefined) return null;
  const ends = [childOf(spot, 'maxTime'), childOf(spot, 'maxPairs'), childOf(childOf(spot, 'gate'), 'maxTime')];
  for (const { value, path } of ends) {
    if (value === undefined) continue;
    spot.problems.atKey(
      path,
      `${nameOf(path)} contradicts epoch: a continuous experiment goes on for ever, epoch by epoch`,
    );
  }
  return epochMs;
}

/** `maxTime` of the experiment or of its gate: the same thing, said once or said alike. Faults of form are reported by the schema. */
function readMaxTime(spot: Spot): number {
  const gate = childOf(spot, 'gate');
  const [own, gates] = [childOf(spot, 'maxTime'), childOf(gate, 'maxTime')].map(quietly);
  if (own !== undefined && gates !== undefined && own !== gates) {
    spot.problems.at(
      [...gate.path, 'maxTime'],
      `gate.maxTime and ${nameOf(spot.path)}.maxTime contradict each other: say it once`,
    );
  }
  return own ?? gates ?? hourMs;
}

function quietly(spot: Spot): number | undefined {
  if (spot.value === undefined) return undefined;
  const silent = { ...spot.problems, at: () => {}, atKey: () => {}, warn: () => {} };
  return readShape(duration(''), { ...spot, problems: silent }) ?? undefined;
}

function readStart(
  spot: Spot,
  { arms, armsAreComplete }: Pick<EndingSetting, 'arms' | 'armsAreComplete'>,
): Ending['start'] {
  const { path, problems } = spot;
  const start = childOf(spot, 'start').value;
  const candidates = childOf(spot, 'candidates').value;
  const candidate = arms.find((arm) => arm.role === 'candidate');
  const isUnnamed = candidate !== undefined && candidate.target === null;
  if (isUnnamed && candidates === undefined) {
    const arm = childOf(childOf(spot, 'arms'), candidate.name);
    problems.atKey(
      arm.path,
      `${candidate.name} has no target: give it one, or list who may be named at run start, such as candidates: ["http://127.0.0.1:*"]`,
    );
  }
  if (candidates !== undefined && !candidate && armsAreComplete) {
    problems.atKey([...path, 'candidates'], 'candidates requires a candidate arm');
  }
  if (start === 'with serve' && isUnnamed)
    problems.at([...path, 'start'], `start: with serve requires a target for ${candidate.name}`);
  if (isUnnamed && childOf(spot, 'schedule').value !== undefined)
    problems.atKey(
      [...path, 'schedule'],
      `schedule requires a target for ${candidate.name}: nobody is there to name one`,
    );
  // A release pipeline starts the runs it asks about; everything else watches from the start.
  const isAskedFor = isUnnamed || childOf(spot, 'gate').value !== undefined;
  return start === 'on request' || (start === undefined && isAskedFor) ? 'on-request' : 'with-serve';
}
