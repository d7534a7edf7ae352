// One experiment: its arms, what is expected of them, how much it may cost and when it ends.
// The rules that need more than one of its sections stand in experiment-rules.ts.
import { resolve } from 'node:path';
import type { Decision, Experiment, Segmentation } from '../model.ts';
import { type ReadArm, readArms } from './arms.ts';
import { readBudget } from './budget.ts';
import { checkCountedDependencies } from './counted-dependencies.ts';
import { nameForm, namePattern } from './decisions.ts';
import { checkExperiment } from './experiment-rules.ts';
import { readGate } from './gate.ts';
import { type Claim, readExpectations } from './hypotheses.ts';
import { hypothesesOf } from './hypotheses-of-run.ts';
import { checkLearnedClaims } from './learned-answers.ts';
import { readAllowedTimes, readRamp } from './ramp.ts';
import { readEnding } from './run-ending.ts';
import { experimentSchema } from './schema.ts';
import { childOf, isRecord, readShape, type Spot } from './shape.ts';
import { readStopConditions } from './stop-when.ts';
import type { ArmSetting } from './target.ts';

export interface ExperimentSetting extends ArmSetting {
  readonly decisions: readonly Decision[] | null;
  /** Null when they were reported already. */
  readonly segments: readonly Segmentation[] | null;
  readonly bucketMs: number;
  readonly alpha: number;
  /** Null: the longest arm deadline + 1 s. */
  readonly joinDeadlineMs: number | null;
}

/** Null when anything was reported. */
export function readExperiment(
  name: string,
  { spot, setting }: { spot: Spot; setting: ExperimentSetting },
): Experiment | null {
  const { problems } = spot;
  const before = problems.count();
  if (!namePattern.test(name)) problems.atKey(spot.path, `"${name}" is not ${nameForm}`);
  const shape = readShape(experimentSchema, spot);
  const { arms, claims, isComplete, armsAreComplete } = readTrial(spot, setting);
  const ownJoin = shape?.joinDeadline ?? null;
  const joinDeadlineMs = joinDeadlineOf(arms, ownJoin ?? setting.joinDeadlineMs);
  const times = { bucketMs: setting.bucketMs, joinDeadlineMs };
  const ending = readEnding(spot, { arms, armsAreComplete, ...times });
  const stopWhen = readStopConditions(childOf(spot, 'stopWhen'), setting);
  const maxOnProduction = arms.find((arm) => arm.maxOnProduction !== null)?.maxOnProduction ?? null;
  const blastRadius = readBudget(childOf(spot, 'budget'), { maxOnProduction });
  const ramp = readRamp(spot, stopWhen);
  const allowedTimes = readAllowedTimes(spot);
  const decisions = setting.decisions ?? [];
  const { maxTimeMs, epochMs, start, schedule } = ending;
  const gate = readGate(childOf(spot, 'gate'), { arms, claims, decisions, isComplete, maxTimeMs, ...times });
  const maxPairs = shape?.maxPairs ?? null;
  checkExperiment(spot, {
    arms,
    claims,
    rows: shape?.rows ?? 'single',
    gate,
    blastRadius,
    maxPairs,
    join: { ownMs: ownJoin, topMs: setting.joinDeadlineMs },
  });
  checkLearnedClaims(spot, { arms, claims, inputs: setting.inputs, warmUpRequests: shape?.warmUp ?? 1 });
  checkCountedDependencies(spot, { claims, dependencies: setting.dependencies ?? null });
  if (problems.count() > before || !shape || !blastRadius) return null;
  return {
    name,
    arms: arms.map(({ maxOnProduction: _, ...arm }) => arm),
    hypotheses: hypothesesOf(claims, {
      arms,
      decisions: setting.decisions ?? [],
      isGated: gate !== null,
      rows: shape.rows,
      alpha: setting.alpha,
    }),
    blastRadius,
    stopWhen,
    gate,
    rows: shape.rows,
    share: ramp?.shares.at(-1) ?? shape.share,
    ...(ramp === null ? {} : { ramp }),
    ...(allowedTimes === null ? {} : { allowedTimes }),
    maxPairs,
    maxTimeMs,
    epochMs,
    warmUpRequests: shape.warmUp,
    readyTimeoutMs: shape.readyTimeout,
    ...times,
    seed: setting.seed,
    candidates: (shape.candidates ?? []).map((pattern) => placed(pattern, setting.directory)),
    start,
    ...(schedule === null ? {} : { schedule: { at: schedule.at, zone: schedule.zone } }),
    ...(shape.alone ? {} : { alone: false }),
  };
}

interface Trial {
  readonly arms: readonly ReadArm[];
  readonly claims: readonly Claim[];
  readonly armsAreComplete: boolean;
  /** False when arms, expectations or decisions were reported: what needs them all is then not judged. */
  readonly isComplete: boolean;
}

/** Arms and what is expected of them. */
function readTrial(spot: Spot, setting: ExperimentSetting): Trial {
  const { problems } = spot;
  const before = problems.count();
  const written = childOf(spot, 'arms');
  const arms = written.value === undefined ? [] : readArms(written, setting);
  const armsAreComplete = problems.count() === before && written.value !== undefined;
  const armNames = isRecord(written.value) ? Object.keys(written.value) : [];
  const { decisions, segments } = setting;
  const expect = childOf(spot, 'expect');
  const claims = expect.value === undefined ? [] : readExpectations(expect, { arms, armNames, decisions, segments });
  const isComplete = armsAreComplete && expect.value !== undefined && problems.count() === before && decisions !== null;
  return { arms, claims, armsAreComplete, isComplete };
}

/** Patterns of files are relative to the config, like every path in it. */
function placed(pattern: string, directory: string): string {
  return /^https?:/.test(pattern) ? pattern : resolve(directory, pattern);
}

/** One second beyond the slowest arm, unless the config says it. */
function joinDeadlineOf(arms: readonly ReadArm[], writtenMs: number | null): number {
  return writtenMs ?? Math.max(1000, ...arms.map((arm) => arm.deadlineMs)) + 1000;
}
