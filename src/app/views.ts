// A run by its id as people are shown it, whether it is in memory or only in the store.
import { PenumbraError } from '../errors.ts';
import { rampNote } from '../pipeline/ramp.ts';
import { factsOf, type RunFacts, storedFactsOf, viewRun } from '../pipeline/view.ts';
import { budgetNow } from '../pipeline/view-budget.ts';
import type { RunView } from '../pipeline/view-types.ts';
import type { Parts } from './parts.ts';

export interface Views {
  /** Throws RUN_NOT_FOUND. */
  find(id: string): RunFacts;
  view(facts: RunFacts): RunView;
}

export function createViews({
  store,
  runs,
  measuresOf,
  spending,
}: Pick<Parts, 'store' | 'runs' | 'measuresOf' | 'spending'>): Views {
  return {
    find: (id) => {
      const context = runs.find(id);
      const overrides = store.overrides(id);
      if (context !== null) {
        const notes = [rampNote(context) ?? [], spending.notesOf(context.run.definition)].flat();
        return { ...factsOf(context, store), overrides, budget: budgetNow(context), notes };
      }
      const stored = store.run(id);
      if (stored === null) throw new PenumbraError('RUN_NOT_FOUND', `there is no run "${id}"`);
      return { ...storedFactsOf(store, stored), strikes: runs.strikesOf(id), overrides };
    },
    view: (facts) => viewRun(facts, measuresOf(facts.run.definition)),
  };
}
