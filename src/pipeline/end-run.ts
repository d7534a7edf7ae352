// The end of a run: what is still in flight will not be counted, whatever it answers; the evidence is frozen; alerts resolve.
import type { Log } from '../io/ports.ts';
import type { Store } from '../io/store-port.ts';
import type { RunState } from '../model.ts';
import { alertsAtEnd } from './alerts.ts';
import { commitPending } from './commit-pending.ts';
import { increase, type RunContext } from './run-context.ts';

export interface RunEnd {
  readonly state: RunState;
  readonly reason: string;
  readonly nowMs: number;
}

/** Ends the run in memory; whoever calls commits. */
export function endRun(context: RunContext, { state, reason, nowMs }: RunEnd): void {
  for (const bucket of context.buckets.values()) {
    for (const entry of bucket.entries) {
      for (const arm of context.arms) increase(arm.tally.skipped, 'run_ended');
      context.pending.committed.push(...entry.committed);
    }
    bucket.entries.clear();
  }
  context.buckets.clear();
  context.truths = [];
  context.closedUntil = Number.MAX_SAFE_INTEGER;
  if (state !== 'COMPLETED') context.cut.make();
  void context.disturbances.end();
  context.run = { ...context.run, state, endedAt: nowMs, endReason: reason };
  context.pending.alerts.push(...alertsAtEnd(context.run, [...context.streams.values()], nowMs));
}

/** Ends the run now. When the commit fails the run has ended all the same, and the next tick tries to commit again. */
export function endRunNow(deps: { readonly store: Store; readonly log: Log }, context: RunContext, end: RunEnd): void {
  if (context.run.endedAt === null) endRun(context, end);
  commitPending(deps, context);
}

/** Ends all of these at once. What cannot be committed now stays pending and is tried again; nothing is sent any more either way. */
export function abortAll(
  deps: { readonly store: Store; readonly log: Log },
  contexts: readonly RunContext[],
  { reason, nowMs }: Omit<RunEnd, 'state'>,
): void {
  // Silence first: a commit may take its time, or fail.
  for (const context of contexts)
    if (context.run.endedAt === null) endRun(context, { state: 'ABORTED', reason, nowMs });
  for (const context of contexts) {
    try {
      commitPending(deps, context);
    } catch (err) {
      deps.log.error({ err, run: context.run.id }, 'the end of the run could not be stored yet');
    }
  }
}
