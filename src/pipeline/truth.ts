// True outcomes: stored when they arrive, and joined to the labels of their pair when the bucket they arrived in closes, once.
import { metricNamed } from '../core/compare/index.ts';
import { PenumbraError } from '../errors.ts';
import type { PairLabels, Store, TrueOutcome } from '../io/store-port.ts';
import type { Experiment } from '../model.ts';
import { settle } from './accumulate.ts';
import type { RunContext } from './run-context.ts';

/** counted: the bucket that is open now counts it; pending: its pair is still in flight; duplicate: known already. */
export type Recorded = 'counted' | 'pending' | 'duplicate';

export interface Truths {
  /** One transaction for all; an OUTCOME_UNMATCHED or OUTCOME_CONFLICT stands in the place of the one it is about. */
  record(outcomes: readonly TrueOutcome[]): readonly (Recorded | PenumbraError)[];
  unmatched(): number;
}

export interface TruthDeps {
  readonly store: Store;
  readonly active: () => readonly RunContext[];
}

export function createTruths({ store, active }: TruthDeps): Truths {
  let unmatched = 0;
  const isCompared = ({ exchangeId }: TrueOutcome): boolean => store.labelsOf(exchangeId).length > 0;
  const settleOne = (outcome: TrueOutcome, saved: 'new' | 'same' | 'conflict'): Recorded | PenumbraError => {
    if (saved === 'conflict') {
      const message = `the outcome of "${outcome.exchangeId}" is known already, with another value`;
      return new PenumbraError('OUTCOME_CONFLICT', message);
    }
    if (saved === 'same') return 'duplicate';
    for (const context of active()) if (waitsForTruth(context.run.definition)) context.truths.push(outcome);
    return isCompared(outcome) ? 'counted' : 'pending';
  };
  return {
    record: (outcomes) => {
      const known = outcomes.filter((outcome) => isCompared(outcome) || store.isInFlight(outcome.exchangeId));
      const saved = store.saveOutcomes(known);
      unmatched += outcomes.length - known.length;
      const results = new Map(known.map((outcome, index) => [outcome, settleOne(outcome, saved[index] ?? 'same')]));
      return outcomes.map((outcome) => results.get(outcome) ?? unmatchedError(outcome));
    },
    unmatched: () => unmatched,
  };
}

function unmatchedError({ exchangeId }: TrueOutcome): PenumbraError {
  return new PenumbraError('OUTCOME_UNMATCHED', `no compared exchange has the id "${exchangeId}"`);
}

/** Whether any hypothesis counts true outcomes at all. */
export function waitsForTruth({ hypotheses }: Experiment): boolean {
  return hypotheses.some(({ metric }) => metricNamed(metric)?.needsTruth === true);
}

/** A true outcome with the labels it is about. */
export interface JoinedTruth {
  readonly outcome: TrueOutcome;
  readonly labels: PairLabels;
}

/** What the store knows of the pairs whose outcomes arrived before `until`. May throw, and changes nothing. */
export function storedLabels(store: Store, context: RunContext, until: number): ReadonlyMap<string, PairLabels> {
  const found = new Map<string, PairLabels>();
  for (const { exchangeId, arrivedAt } of context.truths) {
    if (arrivedAt >= until || found.has(exchangeId)) continue;
    const ofRun = store.labelsOf(exchangeId).find(({ runId }) => runId === context.run.id);
    if (ofRun !== undefined) found.set(exchangeId, ofRun);
  }
  return found;
}

/**
 * Takes the outcomes that arrived before `until` from the run, joined. One whose pair is still in an open bucket stays for
 * that bucket; one whose pair this run never compared is forgotten.
 */
export function takeTruths(
  context: RunContext,
  { until, stored }: { until: number; stored: ReadonlyMap<string, PairLabels> },
): readonly JoinedTruth[] {
  if (!context.truths.some(({ arrivedAt }) => arrivedAt < until)) return [];
  const fresh = new Map(context.pending.labels.map((labels) => [labels.exchangeId, labels]));
  const open = openIds(context);
  const joined: JoinedTruth[] = [];
  context.truths = context.truths.filter((outcome) => {
    if (outcome.arrivedAt >= until) return true;
    const labels = fresh.get(outcome.exchangeId) ?? stored.get(outcome.exchangeId);
    if (labels === undefined) return open.has(outcome.exchangeId);
    joined.push({ outcome, labels: ofPresentVersions(context, labels) });
    return false;
  });
  return joined;
}

function openIds({ buckets }: RunContext): ReadonlySet<string> {
  return new Set([...buckets.values()].flatMap(({ entries }) => [...entries].map(({ exchange }) => exchange.id)));
}

/** A late outcome about a version that has been replaced is evidence about nobody any more; it must not bring it back. */
function ofPresentVersions(context: RunContext, labels: PairLabels): PairLabels {
  const present = Object.entries(labels.arms).filter(([name, ofArm]) => {
    const now = context.arms.find(({ arm }) => arm.name === name)?.tally.versions ?? null;
    return now === null || settle(now, ofArm) !== null;
  });
  return { ...labels, arms: Object.fromEntries(present) };
}
