// Sixth step: a closed bucket's counts join their streams. A change of version, on either side, closes a stream and opens
// the next: evidence about one model never counts for another.
import { judgeStream, newStreamState, readStream, type StreamState } from '../core/judge/judge-stream.ts';
import { zeroCounts } from '../core/stats/statistic.ts';
import type { PairVersions, VerdictChange } from '../io/store-port.ts';
import type { Alert, SegmentState, Stream } from '../model.ts';
import { isAlarming, resolvedAlerts, violationAlert } from './alerts.ts';
import type { Measure } from './measures.ts';
import type { RunContext } from './run-context.ts';

/** The version of a side that has not said it yet. */
export const unknownVersion = 'unknown';

/** One bucket's counts of one hypothesis about one pair of versions. */
export interface Contribution extends PairVersions {
  readonly counts: number[];
  /** What part of the counts belongs to which segment; empty where requests are judged together. */
  readonly segments: Map<string, number[]>;
  /** All pairs by segment, whether or not they are in n. */
  readonly requests: Map<string, number>;
}

/** A bucket's contributions by hypothesis, those with the latest pair last. */
export type Contributions = Map<string, Contribution[]>;

/** Where a pair of these versions counts; it becomes the hypothesis's latest contribution. */
export function contributionOf(
  contributions: Contributions,
  { id, size }: { id: string; size: number },
  versions: PairVersions,
): Contribution {
  const all = contributions.get(id) ?? [];
  const last = all.at(-1);
  if (last !== undefined && isSame(last, versions)) return last;
  contributions.set(id, all);
  const position = all.findIndex((one) => isSame(one, versions));
  const fresh = (): Contribution => ({
    ...versions,
    counts: zeroCounts(size),
    segments: new Map(),
    requests: new Map(),
  });
  const latest = position < 0 ? fresh() : (all.splice(position, 1)[0] as Contribution);
  all.push(latest);
  return latest;
}

function isSame(one: PairVersions, other: PairVersions): boolean {
  return one.productionVersion === other.productionVersion && one.armVersion === other.armVersion;
}

export interface MergeResult {
  readonly verdicts: VerdictChange[];
  readonly alerts: Alert[];
}

interface Merge {
  readonly contributions: Contributions;
  readonly bucketAt: number;
  readonly nowMs: number;
}

/** Adds one hypothesis's contributions to its streams, in the order of their latest pairs, and judges each. */
export function mergeContributions(context: RunContext, measure: Measure, merge: Merge): MergeResult {
  const result: MergeResult = { verdicts: [], alerts: [] };
  for (const contribution of merge.contributions.get(measure.hypothesis.id) ?? []) {
    const stream = streamFor(context, measure, { contribution, nowMs: merge.nowMs, result });
    const { state } = judgeStream(stream, { added: contribution, ...measure });
    const next: Stream = { ...stream, ...state, lastBucketAt: merge.bucketAt };
    context.streams.set(measure.hypothesis.id, next);
    context.pending.changed.add(measure.hypothesis.id);
    if (next.verdict !== stream.verdict)
      sayChange(context, measure, { from: stream, to: next, at: merge.nowMs, result });
  }
  return result;
}

interface Change {
  readonly from: Stream;
  readonly to: Stream;
  readonly at: number;
  readonly result: MergeResult;
}

/** The record of a change of verdict, and the alert that fires with it or is over with it. */
function sayChange(context: RunContext, measure: Measure, { from, to, at, result }: Change): void {
  const { evidence, missing } = readStream(to, measure);
  const { verdict, decidedAt, segments } = to;
  const summary = measure.explain({ evidence, missing, verdict, decidedAt, segments });
  result.verdicts.push(changeOf(to, { from: from.verdict, to: verdict, at, n: evidence.n, sentence: summary }));
  if (isAlarming(verdict)) {
    const alert = violationAlert(context.run, measure.hypothesis, at);
    if (alert !== null) result.alerts.push({ ...alert, summary });
  } else if (isAlarming(from.verdict)) {
    result.alerts.push(...resolvedAlerts(context.run, [from], { at, summary }));
  }
}

interface StreamFor {
  readonly contribution: Contribution;
  readonly nowMs: number;
  readonly result: MergeResult;
}

function streamFor(context: RunContext, measure: Measure, { contribution, nowMs, result }: StreamFor): Stream {
  const current = context.streams.get(measure.hypothesis.id);
  if (current === undefined) return openStream(context, measure, contribution);
  const versions = settle(current, contribution);
  if (versions !== null) return { ...current, ...versions };
  context.pending.superseded.push({ ...current, state: 'SUPERSEDED' });
  const sentence = `${current.productionVersion} and ${current.armVersion} became ${contribution.productionVersion} and ${contribution.armVersion}: the evidence starts anew`;
  result.verdicts.push(supersession(current, { at: nowMs, sentence }));
  result.alerts.push(...resolvedAlerts(context.run, [current], { at: nowMs, summary: sentence }));
  return openStream(context, measure, contribution);
}

/** The versions known after these were seen, or null when they are other ones. An unknown version learns its name. */
export function settle(known: PairVersions, seen: PairVersions): PairVersions | null {
  const productionVersion = agree(known.productionVersion, seen.productionVersion);
  const armVersion = agree(known.armVersion, seen.armVersion);
  return productionVersion === null || armVersion === null ? null : { productionVersion, armVersion };
}

function agree(known: string, seen: string): string | null {
  if (known === seen || seen === unknownVersion) return known;
  return known === unknownVersion ? seen : null;
}

function openStream(context: RunContext, measure: Measure, versions: PairVersions): Stream {
  const generation = (context.generations.get(measure.hypothesis.id) ?? 0) + 1;
  context.generations.set(measure.hypothesis.id, generation);
  return {
    id: `${context.run.id}/${measure.hypothesis.id}/${measure.key.slice(0, 12)}/${generation}`,
    run: context.run.id,
    hypothesis: measure.hypothesis.id,
    hypothesisHash: measure.key,
    productionVersion: versions.productionVersion,
    armVersion: versions.armVersion,
    generation,
    state: 'OPEN',
    ...firstState(context, measure, versions),
    lastBucketAt: null,
  };
}

/** Nothing counted yet; in a chain of epochs the detectors know what they knew, of the same versions under the same definition. */
function firstState({ inherited }: RunContext, measure: Measure, versions: PairVersions): StreamState {
  const fresh = newStreamState(measure.size, measure);
  const before = inherited.find(
    (one) => one.hypothesis === measure.hypothesis.id && one.hypothesisHash === measure.key && isSame(one, versions),
  );
  if (before === undefined) return fresh;
  // A segment that nobody was in for a whole epoch is gone, its place and its alarm with it; declared ones stay.
  const isKept = ({ segment, requests }: SegmentState): boolean =>
    requests > 0 || fresh.segments.some((one) => one.segment === segment);
  const segments = before.segments
    .filter(isKept)
    .map((one): SegmentState => ({ ...one, counts: zeroCounts(measure.size), requests: 0, verdict: 'UNDECIDED' }));
  return { ...fresh, lateOnset: before.lateOnset, segments };
}

/** The record of a stream's end. */
export function supersession(stream: Stream, { at, sentence }: { at: number; sentence: string }): VerdictChange {
  return changeOf(stream, { from: stream.verdict, to: 'SUPERSEDED', at, n: stream.counts[0] ?? 0, sentence });
}

function changeOf(stream: Stream, change: Pick<VerdictChange, 'from' | 'to' | 'at' | 'n' | 'sentence'>): VerdictChange {
  return { streamId: stream.id, runId: stream.run, hypothesis: stream.hypothesis, ...change };
}
