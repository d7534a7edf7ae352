// True outcomes: joined to the stored labels of their pair, counted in the bucket in which they arrive, once.
import { PenumbraError } from '../errors.ts';
import type { Clock } from '../io/ports.ts';
import type { Store, TrueOutcome } from '../io/store-port.ts';
import type { RunContext } from './run-context.ts';

export interface TruthDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly active: () => readonly RunContext[];
}

export interface Truths {
  /**
   * counted: will be in the next bucket of every run that has the pair; pending: its pair is still in flight;
   * duplicate: known already. Throws OUTCOME_UNMATCHED and OUTCOME_CONFLICT.
   */
  record(outcome: TrueOutcome): 'counted' | 'pending' | 'duplicate';
  /** Call after each tick: pairs that were in flight may have closed. */
  retryPending(): void;
  unmatched(): number;
}

const maxPending = 100_000;
/** Longer than any bucket stays open: the pair of an older one was not counted (its run ended first). */
const pendingForMs = 600_000;

export function createTruths({ store, clock, active }: TruthDeps): Truths {
  const pending = new Map<string, TrueOutcome>();
  let unmatched = 0;
  const refuse = (outcome: TrueOutcome): never => {
    unmatched += 1;
    throw new PenumbraError('OUTCOME_UNMATCHED', `no compared exchange has the id "${outcome.exchangeId}"`);
  };
  const record = (outcome: TrueOutcome): 'counted' | 'pending' | 'duplicate' => {
    const labels = store.labelsOf(outcome.exchangeId);
    if (labels.length === 0) {
      if (!store.isAdmitted(outcome.exchangeId) || pending.size >= maxPending) return refuse(outcome);
      pending.set(`${outcome.decision}\u0000${outcome.exchangeId}`, outcome);
      return 'pending';
    }
    const saved = store.saveOutcome(outcome);
    if (saved === 'conflict') {
      const message = `the outcome of "${outcome.exchangeId}" is known already, with another value`;
      throw new PenumbraError('OUTCOME_CONFLICT', message);
    }
    if (saved === 'same') return 'duplicate';
    for (const context of active()) {
      const ofRun = labels.find((one) => one.runId === context.run.id);
      if (ofRun !== undefined) context.pendingTruths.push({ outcome, labels: ofRun });
    }
    return 'counted';
  };
  return {
    record,
    retryPending: () => {
      for (const [key, outcome] of pending) {
        const isKnown = store.labelsOf(outcome.exchangeId).length > 0;
        if (!isKnown && clock.nowMs() - outcome.arrivedAt < pendingForMs) continue;
        pending.delete(key);
        if (!isKnown) continue;
        // It counts in the bucket in which it can first be joined, which is open by definition.
        record({ ...outcome, arrivedAt: clock.nowMs() });
      }
    },
    unmatched: () => unmatched,
  };
}
