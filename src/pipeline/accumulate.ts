// Sixth step: a closed bucket's counts join their streams. A change of version, on either side, closes a stream and opens
// the next: evidence about one model never counts for another.
import { judgeStream, newStreamState } from '../core/judge/judge-stream.ts';
import type { PairVersions, VerdictChange } from '../io/store-port.ts';
import type { Alert, Stream } from '../model.ts';
import { resolvedAlerts, violationAlert } from './alerts.ts';
import type { Measure } from './measures.ts';
import type { RunContext } from './run-context.ts';

/** The version of a side that has not said it yet. */
export const unknownVersion = 'unknown';

/** One bucket's counts of one hypothesis about one pair of versions. */
export interface Contribution extends PairVersions {
  readonly counts: number[];
}

/** A bucket's contributions by hypothesis, those with the latest pair last. */
export type Contributions = Map<string, Contribution[]>;

/** The counts to add a pair of these versions to; it becomes the hypothesis's latest contribution. */
export function contributionOf(
  contributions: Contributions,
  { id, size }: { id: string; size: number },
  versions: PairVersions,
): number[] {
  const all = contributions.get(id) ?? [];
  contributions.set(id, all);
  const position = all.findIndex((one) => isSame(one, versions));
  const [found] = position < 0 ? [{ ...versions, counts: new Array<number>(size).fill(0) }] : all.splice(position, 1);
  const latest = found as Contribution;
  all.push(latest);
  return latest.counts;
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
    const judged = judgeStream(stream, { added: contribution.counts, hypothesis: measure.hypothesis });
    const next: Stream = { ...stream, ...judged.state, lastBucketAt: merge.bucketAt };
    context.streams.set(measure.hypothesis.id, next);
    if (next.verdict !== stream.verdict) {
      const { evidence, missing } = judged;
      const sentence = measure.explain({ evidence, missing, verdict: next.verdict, decidedAt: next.decidedAt });
      result.verdicts.push(
        changeOf(next, { from: stream.verdict, to: next.verdict, at: merge.nowMs, n: evidence.n, sentence }),
      );
      if (next.verdict === 'VIOLATED') {
        result.alerts.push({ ...violationAlert(context.run, measure.hypothesis, merge.nowMs), summary: sentence });
      }
    }
  }
  return result;
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
    ...newStreamState(measure.size),
    lastBucketAt: null,
  };
}

/** The record of a stream's end. */
export function supersession(stream: Stream, { at, sentence }: { at: number; sentence: string }): VerdictChange {
  return changeOf(stream, { from: stream.verdict, to: 'SUPERSEDED', at, n: stream.counts[0] ?? 0, sentence });
}

type Change = Pick<VerdictChange, 'from' | 'to' | 'at' | 'n' | 'sentence'>;

function changeOf(stream: Stream, change: Change): VerdictChange {
  return { streamId: stream.id, runId: stream.run, hypothesis: stream.hypothesis, ...change };
}
