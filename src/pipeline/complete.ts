// When a finite run has ended: everything required is decided, or its declared requests or time are used up.
import { isAllowedAt } from '../core/allowed-times.ts';
import type { RunState } from '../model.ts';
import { currentPairs } from './current-pairs.ts';
import { type ArmContext, inFlightOf, type RunContext } from './run-context.ts';

export interface Completion {
  readonly state: RunState;
  readonly reason: 'decided' | 'max_pairs' | 'max_time' | 'epoch' | 'allowed_time';
}

/**
 * Reads closed buckets only. A run that waits for true outcomes (a declared `worse`) uses its whole time, because
 * outcomes arrive late and their order says something about them. An epoch of a continuous experiment ends by time alone.
 */
export function completionOf(context: RunContext, nowMs: number): Completion | null {
  if (context.run.state !== 'RUNNING') return null;
  if (context.run.definition.epochMs !== null) {
    const isOver = inFlightOf(context) === 0 && hasUsedItsTime(context, nowMs);
    return isOver ? { state: 'COMPLETED', reason: 'epoch' } : null;
  }
  if (isDecided(context)) return { state: 'COMPLETED', reason: 'decided' };
  if (inFlightOf(context) > 0) return null;
  if (!isOpenAt(context, nowMs)) return { state: 'COMPLETED', reason: 'allowed_time' };
  if (hasUsedItsTime(context, nowMs)) return { state: 'COMPLETED', reason: 'max_time' };
  if (hasUsedItsPairs(context) && !awaitsTruth(context)) return { state: 'COMPLETED', reason: 'max_pairs' };
  return null;
}

/** Whether new exchanges still belong to this run. */
export function isAdmitting(context: RunContext, nowMs: number): boolean {
  if (!isOpenAt(context, nowMs)) return false;
  if (context.run.state === 'WARMING') return true;
  return context.run.state === 'RUNNING' && !hasUsedItsTime(context, nowMs) && !hasUsedItsPairs(context);
}

/** Whether an exchange that is taken now can be asked about, to the last answer, within the times at which copies may be sent. */
export function isOpenAt({ run }: Pick<RunContext, 'run'>, nowMs: number): boolean {
  const { allowedTimes, arms } = run.definition;
  if (allowedTimes === undefined) return true;
  const longestMs = Math.max(...arms.map(({ deadlineMs }) => deadlineMs));
  return isAllowedAt(allowedTimes, nowMs) && isAllowedAt(allowedTimes, nowMs + longestMs);
}

function isDecided(context: RunContext): boolean {
  if (awaitsTruth(context)) return false;
  const { hypotheses, gate } = context.run.definition;
  const required = hypotheses.filter((hypothesis) => hypothesis.required);
  const fewest = Math.min(...context.arms.map((arm) => pairsOf(context, arm)));
  if (required.length === 0 || fewest < (gate?.minPairs ?? 0)) return false;
  return required.every((hypothesis) => (context.streams.get(hypothesis.id)?.verdict ?? 'UNDECIDED') !== 'UNDECIDED');
}

function pairsOf({ run, streams }: RunContext, { arm, tally }: ArmContext): number {
  const judged = run.definition.hypotheses
    .filter((hypothesis) => hypothesis.arm === arm.name)
    .flatMap((hypothesis) => streams.get(hypothesis.id) ?? []);
  return currentPairs(
    tally.compared,
    judged.map(({ counts, generation }) => ({ n: counts[0] ?? 0, generation })),
  );
}

/** A written `worse`; the one that is shown for every candidate keeps nobody waiting. */
function awaitsTruth({ run }: RunContext): boolean {
  return run.definition.hypotheses.some(({ metric, automatic }) => metric === 'worse' && !automatic);
}

function hasUsedItsTime({ run }: RunContext, nowMs: number): boolean {
  return nowMs - (run.scoringSince ?? run.startedAt) >= run.definition.maxTimeMs;
}

function hasUsedItsPairs(context: RunContext): boolean {
  const { maxPairs, blastRadius, epochMs } = context.run.definition;
  if (epochMs !== null) return false;
  return context.admitted >= Math.min(maxPairs ?? Number.POSITIVE_INFINITY, blastRadius.maxRequests);
}
