// What a control taught the watches: its answer to the input of defaults alone, frozen until another run's control says otherwise.
import { newWatchState } from '../../core/watch/judge-watch.ts';
import type { Log } from '../../io/ports.ts';
import type { Predictions } from '../../model.ts';
import { watchAlert } from './view.ts';
import type { Desk } from './watches.ts';

const sentence = 'its control answers otherwise to the input of defaults alone now: the watch begins anew';

/** A watch that judged by another answer begins anew, and its alert is over. */
export function learnDefaults(
  desk: Desk,
  { predictions, nowMs, log }: { readonly predictions: Predictions; readonly nowMs: number; readonly log: Log },
): void {
  for (const one of desk.watching) {
    const { claim, watch, state } = one;
    const prediction = claim.decision === null ? undefined : predictions[claim.decision.name];
    if (watch.learnDefault === undefined || prediction === undefined) continue;
    const memory = watch.learnDefault(state.memory, prediction);
    if (JSON.stringify(memory) === JSON.stringify(state.memory)) continue;
    const { seen, looked, isRegressed } = state;
    if (isRegressed) {
      const said = { id: claim.id, sentence, regressedSince: null };
      desk.pending.alerts.push(watchAlert(said, { status: 'resolved', at: nowMs }));
    }
    one.state = { ...newWatchState(watch, claim), seen, looked, memory };
    desk.pending.isDirty = true;
    log.info({ watch: claim.id, learned: memory }, 'the watch learned what an answer to nothing known is');
  }
}
