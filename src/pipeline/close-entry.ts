// What a closing bucket makes of one exchange: each arm's outcome counted, its labels kept, a sample if it diverged.
import { addLatency } from '../core/stats/latency-histogram.ts';
import type { PairLabels, PairVersions } from '../io/store-port.ts';
import type { Arm, Exchange, Outcome, Pair, Predictions, PreviousPair } from '../model.ts';
import { type Contributions, settle, unknownVersion } from './accumulate.ts';
import { baseFor } from './base-answer.ts';
import type { Measure } from './measures.ts';
import { type ArmContext, type Entry, increase, type RunContext } from './run-context.ts';
import { type SampleOptions, sampleOf } from './sample.ts';
import { countStrike, withStrike } from './strikes.ts';

export interface CloseEntryOptions {
  readonly measures: readonly Measure[];
  readonly contributions: Contributions;
  readonly sloLatencyMs: number;
  readonly samples: SampleOptions;
  /** Each arm's pair before this one in the bucket; closing an entry leaves its own behind. */
  readonly previous: Map<string, PreviousPair>;
  /** Sees every compared pair, e.g. to keep a finished recording's raw scores. */
  readonly onPair?: ((arm: Arm, pair: Pair) => void) | undefined;
  /** How many calls an arm's request caused; null where it cannot be known. Nobody counts unless given. */
  readonly dependencyCallsOf?:
    | ((context: RunContext, asked: { arm: Arm; exchange: Exchange }) => number | null)
    | undefined;
}

export function closeEntry(context: RunContext, entry: Entry, options: CloseEntryOptions): void {
  const { exchange } = entry;
  const outcomes = context.arms.map((arm, index) => {
    const outcome = entry.outcomes[index] ?? unanswered(entry, { index, deadlineMs: arm.arm.deadlineMs });
    if (outcome === 'late' || options.dependencyCallsOf === undefined) return outcome;
    return { ...outcome, dependencyCalls: options.dependencyCallsOf(context, { arm: arm.arm, exchange }) };
  });
  const armLabels: Record<string, PairLabels['arms'][string]> = {};
  const labels: PairLabels = {
    runId: context.run.id,
    exchangeId: exchange.id,
    at: exchange.arrivedAt,
    production: labelsOf(exchange.predictions),
    ...(exchange.segments === undefined ? {} : { segments: exchange.segments }),
    arms: armLabels,
  };
  for (const [index, arm] of context.arms.entries()) {
    const outcome = outcomes[index] as Outcome | 'late';
    if (outcome === 'late') {
      increase(arm.tally.dropped, 'late');
      continue;
    }
    const versions: PairVersions = {
      productionVersion: exchange.answer.modelVersion ?? unknownVersion,
      armVersion: entry.versions[index] ?? arm.version ?? unknownVersion,
    };
    countOutcome(arm, { outcome, versions, productionLatencyMs: exchange.latencyMs });
    const base = baseFor(context, arm.arm, { exchange, control: outcomes[context.control] });
    if (base === null) continue;
    const previous = options.previous.get(arm.arm.name) ?? null;
    const pair = pairOf(base, {
      outcome,
      control: outcomes[context.control],
      sloLatencyMs: options.sloLatencyMs,
      previous,
    });
    options.previous.set(arm.arm.name, lookBackAt(pair));
    countStrike(arm, { struck: entry.struck?.[index] ?? null, pair, decisions: options.samples.decisions });
    options.onPair?.(arm.arm, pair);
    for (const measure of options.measures) {
      if (measure.hypothesis.arm === arm.arm.name) measure.count(pair, options.contributions, versions);
    }
    if (outcome.predictions !== null) {
      armLabels[arm.arm.name] = { ...versions, labels: labelsOf(outcome.predictions) };
    }
    const sample = sampleOf(options.samples, { context, arm: arm.arm, exchange: base, outcome });
    if (sample !== null) context.pending.samples.push(sample);
  }
  // The truth about a batch has no row that it could be joined to.
  if (exchange.rows === undefined) context.pending.labels.push(labels);
  context.pending.committed.push(...entry.committed);
}

interface PairOf {
  readonly outcome: Outcome;
  readonly control: Outcome | 'late' | undefined;
  readonly sloLatencyMs: number;
  readonly previous: PreviousPair | null;
}

function pairOf(exchange: Exchange, { outcome, control, sloLatencyMs, previous }: PairOf): Pair {
  const { id, latencyMs, predictions, segments, rows } = exchange;
  const pair: Pair = {
    exchangeId: id,
    production: { latencyMs, predictions },
    arm: outcome,
    control: control === undefined || control === 'late' ? null : control,
    sloLatencyMs,
    previous,
    ...(segments === undefined ? {} : { segments }),
  };
  return rows === undefined ? pair : { ...pair, rows: rowPairs(pair, rows) };
}

/** Every row of a batch as a pair of its own; the row before it is what `collapse` looks back at. */
function rowPairs(pair: Pair, rows: readonly Predictions[]): readonly Pair[] {
  let previous = pair.previous ?? null;
  return rows.map((predictions, row) => {
    const { arm, control } = pair;
    const ofRow: Pair = {
      ...pair,
      production: { ...pair.production, predictions },
      arm: { ...arm, predictions: arm.rows?.[row] ?? null },
      control: control === null ? null : { ...control, predictions: control.rows?.[row] ?? null },
      previous,
    };
    previous = lookBackAt(ofRow);
    return ofRow;
  });
}

function lookBackAt({ production, arm, control }: Pair): PreviousPair {
  return { production: production.predictions, arm: arm.predictions, control: control?.predictions ?? null };
}

function labelsOf(predictions: Predictions): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [name, { label }] of Object.entries(predictions)) labels[name] = label;
  return labels;
}

/** No answer by the time the bucket closes is the arm's timeout; an answer after that is discarded uncounted. */
function unanswered({ struck, treated }: Entry, { index, deadlineMs }: { index: number; deadlineMs: number }): Outcome {
  const outcome: Outcome = {
    status: 'timeout',
    reason: 'no_answer',
    latencyMs: deadlineMs,
    answer: null,
    predictions: null,
    ...(treated?.[index] ?? { faultActed: null }),
  };
  return withStrike(outcome, struck?.[index] ?? null);
}

interface Counted {
  readonly outcome: Outcome;
  readonly versions: PairVersions;
  readonly productionLatencyMs: number;
}

function countOutcome({ tally }: ArmContext, { outcome, versions, productionLatencyMs }: Counted): void {
  tally.compared += 1;
  tally.versions = tally.versions === null ? versions : (settle(tally.versions, versions) ?? versions);
  increase(tally.statuses, outcome.status);
  if (outcome.status === 'ok') addLatency(tally.latency, outcome.latencyMs);
  addLatency(tally.productionLatency, productionLatencyMs);
}
