// Fifth step: a bucket closes once, whole. Its pairs are compared, counted into their streams and judged, in arrival order,
// and everything that follows from it is committed in one transaction.

import { addLatency } from '../core/stats/latency-histogram.ts';
import type { Log } from '../io/ports.ts';
import type { PairLabels, Store } from '../io/store-port.ts';
import type { Outcome, Pair, RunState } from '../model.ts';
import { type Contributions, mergeContributions, unknownVersion } from './accumulate.ts';
import { abortAlert, violationAlert } from './alerts.ts';
import type { Measure } from './compare.ts';
import { completionOf } from './complete.ts';
import type { ArmContext, Bucket, Entry, RunContext } from './run-context.ts';
import { increase, noChanges, storedTally } from './run-context.ts';
import { type SampleOptions, sampleOf } from './sample.ts';

export interface CloseDeps {
  readonly store: Store;
  readonly log: Log;
  readonly sloLatencyMs: number;
  readonly samples: SampleOptions;
  readonly measuresOf: (context: RunContext) => readonly Measure[];
}

/** Closes every bucket that ends at or before `closedUntil`; ends the run when its evidence is complete. */
export function closeBuckets(deps: CloseDeps, context: RunContext, closedUntil: number, nowMs: number): void {
  let ended: { state: RunState; reason: string } | null = null;
  for (const at of dueBuckets(context, closedUntil)) {
    closeOne(deps, context, { at, nowMs });
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

/** Ends the run now: what is still in flight will not be counted, whatever it answers. */
export function endRunNow(
  deps: CloseDeps,
  context: RunContext,
  end: { state: RunState; reason: string; nowMs: number },
): void {
  endRun(context, end);
  commitPending(deps, context);
}

/** Buckets with pairs or with true outcomes that arrived in them, oldest first. */
function dueBuckets(context: RunContext, closedUntil: number): number[] {
  const { bucketMs } = context.run.definition;
  const due = new Set<number>();
  for (const at of context.buckets.keys()) if (at + bucketMs <= closedUntil) due.add(at);
  for (const { outcome } of context.pendingTruths) {
    const at = Math.floor(outcome.arrivedAt / bucketMs) * bucketMs;
    if (at + bucketMs <= closedUntil) due.add(at);
  }
  return [...due].sort((one, other) => one - other);
}

interface CloseOne {
  readonly at: number;
  readonly nowMs: number;
}

function closeOne(deps: CloseDeps, context: RunContext, { at, nowMs }: CloseOne): void {
  const measures = deps.measuresOf(context);
  const contributions: Contributions = new Map();
  const bucket = context.buckets.get(at);
  if (bucket !== undefined) {
    context.buckets.delete(at);
    for (const entry of inArrivalOrder(bucket)) closeEntry(deps, context, { entry, measures, contributions });
  }
  takeTruths(context, at, { measures, contributions });
  for (const measure of measures) {
    const changed = mergeContributions(context, measure, { contributions, bucketAt: at, nowMs });
    context.pending.verdicts.push(...changed.verdicts);
    context.pending.alerts.push(...changed.alerts);
  }
}

function inArrivalOrder(bucket: Bucket): Entry[] {
  return [...bucket.entries].sort(
    (one, other) => one.exchange.arrivedAt - other.exchange.arrivedAt || (one.exchange.id < other.exchange.id ? -1 : 1),
  );
}

interface CloseEntry {
  readonly entry: Entry;
  readonly measures: readonly Measure[];
  readonly contributions: Contributions;
}

function closeEntry(deps: CloseDeps, context: RunContext, { entry, measures, contributions }: CloseEntry): void {
  const { exchange } = entry;
  const productionVersion = exchange.answer.modelVersion ?? unknownVersion;
  const outcomeOf = (index: number): Outcome | 'late' => entry.outcomes[index] ?? unanswered(context, index);
  const control = context.control < 0 ? 'late' : outcomeOf(context.control);
  const labels: PairLabels = {
    runId: context.run.id,
    exchangeId: exchange.id,
    at: exchange.arrivedAt,
    production: labelsOf(exchange.predictions),
    arms: {},
  };
  for (const [index, arm] of context.arms.entries()) {
    const outcome = outcomeOf(index);
    if (outcome === 'late') {
      increase(arm.tally.dropped, 'late');
      continue;
    }
    countOutcome(arm, outcome, exchange.latencyMs);
    const armVersion = entry.versions[index] ?? arm.version ?? unknownVersion;
    const pair: Pair = {
      exchangeId: exchange.id,
      production: { latencyMs: exchange.latencyMs, predictions: exchange.predictions },
      arm: outcome,
      control: control === 'late' ? null : control,
      sloLatencyMs: deps.sloLatencyMs,
    };
    for (const measure of measures) {
      if (measure.hypothesis.arm === arm.arm.name)
        measure.count(pair, contributions, { productionVersion, armVersion });
    }
    if (outcome.predictions !== null) {
      Object.assign(labels.arms, {
        [arm.arm.name]: { productionVersion, armVersion, labels: labelsOf(outcome.predictions) },
      });
    }
    const sample = sampleOf(deps.samples, { context, arm: arm.arm, exchange, outcome });
    if (sample !== null) context.pending.samples.push(sample);
  }
  context.pending.labels.push(labels);
  context.pending.committed.push(...entry.committed);
}

function labelsOf(predictions: Pair['production']['predictions']): Record<string, string> {
  return Object.fromEntries(Object.entries(predictions).map(([name, prediction]) => [name, prediction.label]));
}

/** No answer by the time the bucket closes is the arm's timeout; an answer after that is discarded uncounted. */
function unanswered(context: RunContext, index: number): Outcome {
  const { arm } = context.arms[index] as ArmContext;
  return {
    status: 'timeout',
    reason: 'no_answer',
    latencyMs: arm.deadlineMs,
    answer: null,
    predictions: null,
    faultActed: null,
  };
}

function countOutcome({ tally }: ArmContext, outcome: Outcome, productionLatencyMs: number): void {
  tally.compared += 1;
  increase(tally.statuses, outcome.status);
  if (outcome.status === 'ok') addLatency(tally.latency, outcome.latencyMs);
  addLatency(tally.productionLatency, productionLatencyMs);
}

function takeTruths(
  context: RunContext,
  at: number,
  { measures, contributions }: { measures: readonly Measure[]; contributions: Contributions },
): void {
  const until = at + context.run.definition.bucketMs;
  const due = context.pendingTruths.filter(({ outcome }) => outcome.arrivedAt < until);
  for (const truth of due) {
    context.pendingTruths.splice(context.pendingTruths.indexOf(truth), 1);
    for (const measure of measures) measure.countTruth(truth, contributions);
  }
}

interface EndRun {
  readonly state: RunState;
  readonly reason: string;
  readonly nowMs: number;
}

function endRun(context: RunContext, { state, reason, nowMs }: EndRun): void {
  for (const bucket of context.buckets.values()) {
    for (const entry of bucket.entries) {
      for (const arm of context.arms) increase(arm.tally.skipped, 'run_ended');
      context.pending.committed.push(...entry.committed);
    }
  }
  context.buckets.clear();
  context.pendingTruths.length = 0;
  context.closedUntil = Number.MAX_SAFE_INTEGER;
  context.run = { ...context.run, state, endedAt: nowMs, endReason: reason };
  if (state === 'ABORTED') context.pending.alerts.push(abortAlert(context, nowMs, reason));
  for (const hypothesis of context.run.definition.hypotheses) {
    if (context.streams.get(hypothesis.id)?.verdict !== 'VIOLATED') continue;
    const alert = violationAlert(context, hypothesis, nowMs);
    context.pending.alerts.push({ ...alert, status: 'resolved', summary: `run ${context.run.id} ended (${reason})` });
  }
}

/** One transaction for everything that closing changed. When it fails, all of it stays pending for the next try. */
export function commitPending(deps: Pick<CloseDeps, 'store' | 'log'>, context: RunContext): void {
  const { labels, samples, verdicts, alerts, superseded, committed } = context.pending;
  deps.store.commit({
    run: context.run,
    closedUntil: context.closedUntil,
    streams: [...superseded, ...context.streams.values()],
    tallies: context.arms.map((arm) => storedTally(context, arm)),
    verdictChanges: verdicts,
    labels,
    samples,
    alerts,
  });
  context.pending = noChanges();
  for (const done of committed) done();
  for (const change of verdicts) {
    deps.log.info(
      { run: change.runId, hypothesis: change.hypothesis, n: change.n },
      `${change.to}: ${change.sentence}`,
    );
  }
}
