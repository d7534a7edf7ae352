// Fifth step: a bucket closes once, whole. Its pairs are compared, counted into their streams and judged, in arrival order,
// and everything that follows from it is committed in one transaction.
import type { Log } from '../io/ports.ts';
import type { Store } from '../io/store-port.ts';
import { type Contributions, mergeContributions } from './accumulate.ts';
import { type CloseEntryOptions, closeEntry } from './close-entry.ts';
import { commitPending } from './commit-pending.ts';
import { type Completion, completionOf } from './complete.ts';
import { endRun } from './end-run.ts';
import type { Measure } from './measures.ts';
import type { Bucket, Entry, RunContext } from './run-context.ts';
import type { SampleOptions } from './sample.ts';
import { storedLabels, takeTruths } from './truth.ts';

export interface CloseDeps {
  readonly store: Store;
  readonly log: Log;
  readonly sloLatencyMs: number;
  readonly samples: SampleOptions;
  readonly measuresOf: (context: RunContext) => readonly Measure[];
  /** The judge of many comparators asks no arm itself: their counts close its buckets. */
  readonly countsComeFromElsewhere?: boolean;
  readonly onPair?: CloseEntryOptions['onPair'];
  readonly dependencyCallsOf?: CloseEntryOptions['dependencyCallsOf'];
}

/** Closes every bucket that ends at or before `closedUntil`; ends the run when its evidence is complete. */
export function closeBuckets(deps: CloseDeps, context: RunContext, closedUntil: number, nowMs: number): void {
  const due = dueBuckets(context, closedUntil);
  closeCounted(deps, context, { due, closedUntil, nowMs, countAt: (at) => countBucket(deps, context, at) });
}

export interface Closes {
  /** The buckets that something was counted in, oldest first. */
  readonly due: readonly number[];
  readonly countAt: (at: number) => Contributions;
  readonly closedUntil: number;
  readonly nowMs: number;
}

/** Judges what was counted, bucket by bucket, whoever counted it; ends the run when its evidence is complete. */
export function closeCounted(deps: CloseDeps, context: RunContext, { due, countAt, closedUntil, nowMs }: Closes): void {
  let ended: Completion | null = null;
  for (const at of due) {
    judgeBucket(deps, context, { at, nowMs, contributions: countAt(at) });
    context.closedUntil = at + context.run.definition.bucketMs;
    ended = completionOf(context, nowMs);
    if (ended !== null) break;
  }
  if (ended === null) {
    context.closedUntil = Math.max(context.closedUntil, closedUntil);
    ended = completionOf(context, nowMs);
  }
  if (ended !== null) endRun(context, { ...ended, nowMs });
  commitPending(deps, context);
}

/** Buckets with pairs or with true outcomes that arrived in them, oldest first. */
function dueBuckets({ run, buckets, truths, closedUntil: since }: RunContext, closedUntil: number): number[] {
  const { bucketMs } = run.definition;
  const due = new Set(buckets.keys());
  // An outcome that waits for its pair may have arrived in a bucket that is closed; none closes twice.
  for (const { arrivedAt } of truths) due.add(Math.max(since, Math.floor(arrivedAt / bucketMs) * bucketMs));
  return [...due].filter((at) => at + bucketMs <= closedUntil).sort((one, other) => one - other);
}

function countBucket(deps: CloseDeps, context: RunContext, at: number): Contributions {
  const measures = deps.measuresOf(context);
  const contributions: Contributions = new Map();
  const until = at + context.run.definition.bucketMs;
  const stored = storedLabels(deps.store, context, until);
  const bucket = context.buckets.get(at);
  if (bucket !== undefined) {
    context.buckets.delete(at);
    const entries = inArrivalOrder(bucket);
    // Whoever still holds the bucket, waiting for the journal, must see that the entry is gone.
    bucket.entries.clear();
    const options: CloseEntryOptions = { ...deps, measures, contributions, previous: new Map() };
    for (const entry of entries) closeEntry(context, entry, options);
  }
  for (const truth of takeTruths(context, { until, stored })) {
    for (const measure of measures) measure.countTruth(truth, contributions);
  }
  return contributions;
}

interface Judged {
  readonly at: number;
  readonly nowMs: number;
  readonly contributions: Contributions;
}

function judgeBucket(deps: CloseDeps, context: RunContext, { at, nowMs, contributions }: Judged): void {
  for (const measure of deps.measuresOf(context)) {
    const changed = mergeContributions(context, measure, { contributions, bucketAt: at, nowMs });
    context.pending.verdicts.push(...changed.verdicts);
    context.pending.alerts.push(...changed.alerts);
  }
}

/** As they are compared: one before the other is what `collapse` looks back at. */
export function inArrivalOrder({ entries }: Pick<Bucket, 'entries'>): Entry[] {
  return [...entries].sort(
    (one, other) => one.exchange.arrivedAt - other.exchange.arrivedAt || (one.exchange.id < other.exchange.id ? -1 : 1),
  );
}
