// What time does to a run: scoring starts, stop conditions are watched, due buckets close, failed commits are tried again.
import type { Store } from '../io/store-port.ts';
import { type CloseDeps, closeBuckets } from './close-buckets.ts';
import { commitPending } from './commit-pending.ts';
import { completionOf, isOpenAt } from './complete.ts';
import { disturbanceProblem } from './disturb.ts';
import { endRunNow } from './end-run.ts';
import { withLessons } from './learn.ts';
import { climb } from './ramp.ts';
import { conservationOf, isConserved, type RunContext } from './run-context.ts';
import { stopReason } from './stop.ts';

/** May throw when the store fails: nothing is lost then, and the next call tries again. */
export function advance(deps: CloseDeps, context: RunContext, nowMs: number): void {
  if (context.isUncommitted) commitPending(deps, context);
  if (context.run.endedAt !== null) return;
  if (context.run.state === 'WARMING' && !isOpenAt(context, nowMs)) {
    endRunNow(deps, context, { state: 'STOPPED', reason: 'its allowed time ended in the warm-up', nowMs });
    return;
  }
  startScoring(deps, context, nowMs);
  const reason = stopReason(context, nowMs) ?? disturbanceProblem(context);
  if (reason !== null) {
    endRunNow(deps, context, { state: 'ABORTED', reason, nowMs });
    return;
  }
  climb(context, { nowMs, paceMs: context.paceMs() });
  const { bucketMs, joinDeadlineMs } = context.run.definition;
  const byClock = Math.floor((nowMs - joinDeadlineMs) / bucketMs) * bucketMs;
  // Where others count, their counts close the buckets; time alone can still end the run.
  const closedUntil = deps.countsComeFromElsewhere ? context.closedUntil : byClock;
  const isDue = closedUntil > context.closedUntil || (deps.countsComeFromElsewhere && completionOf(context, nowMs));
  if (context.run.state === 'RUNNING' && isDue) closeBuckets(deps, context, closedUntil, nowMs);
  checkConservation(deps, context);
}

function startScoring(
  { store, log }: { store: Store; log: CloseDeps['log'] },
  context: RunContext,
  nowMs: number,
): void {
  const { warmUp, run } = context;
  if (run.state !== 'WARMING' || !warmUp.armsReady) return;
  if (warmUp.sent < run.definition.warmUpRequests || warmUp.waiting > 0) return;
  const scoring = { ...withLessons(context), state: 'RUNNING', scoringSince: nowMs } as const;
  store.saveRun(scoring);
  context.run = scoring;
  context.disturbances.begin();
  log.info({ run: run.id, experiment: run.experiment }, 'warm-up finished, scoring starts');
}

function checkConservation({ log }: Pick<CloseDeps, 'log'>, context: RunContext): void {
  for (const arm of context.arms) {
    const conservation = conservationOf(context, arm);
    if (isConserved(conservation)) continue;
    log.error({ run: context.run.id, arm: arm.arm.name, ...conservation }, 'conservation is broken');
  }
}
