// How the watches go on after a restart: each exactly where it stood, unless the config says something else of it now.
import type { WatchState } from '../../core/watch/judge-watch.ts';
import type { Store } from '../../io/store-port.ts';
import type { Alert } from '../../model.ts';
import { watchAlert } from './view.ts';
import type { WatchClock, Watching } from './watches.ts';

export interface Resumed extends WatchClock {
  /** What fired about watches that are no more, or are others now, is over. */
  readonly alerts: readonly Alert[];
  readonly forgotten: readonly string[];
}

/** Puts the stored states where they belong. What became due while penumbra was down is closed: it never saw it. */
export function resumeWatches(
  store: Pick<Store, 'watches'>,
  { watching, dueAt, nowMs }: { watching: readonly Watching[]; dueAt: number; nowMs: number },
): Resumed {
  const stored = store.watches();
  const clock = stored.clock as WatchClock | null;
  const alerts: Alert[] = [];
  const forgotten: string[] = [];
  for (const { id, definition, state } of stored.watches) {
    const known = watching.find(({ claim }) => claim.id === id);
    if (known !== undefined && known.claim.definition === definition) {
      known.state = state as WatchState;
      continue;
    }
    if (known === undefined) forgotten.push(id);
    if (!(state as WatchState).isRegressed) continue;
    const sentence = known === undefined ? 'the config no longer names it' : 'the config defines it otherwise now';
    alerts.push(watchAlert({ id, sentence, regressedSince: null }, { status: 'resolved', at: nowMs }));
  }
  return {
    closedUntil: Math.max(clock?.closedUntil ?? 0, dueAt),
    late: clock?.late ?? 0,
    failed: clock?.failed ?? 0,
    open: clock?.open ?? [],
    alerts,
    forgotten,
  };
}

/** The watches of a store whose config names none any more: what they fired is over. */
export function forgetWatches(store: Store, nowMs: number): void {
  const { alerts, forgotten } = resumeWatches(store, { watching: [], dueAt: 0, nowMs });
  if (forgotten.length === 0) return;
  const clock: WatchClock = { closedUntil: 0, late: 0, failed: 0, open: [] };
  store.commitWatches({ clock, watches: [], forgotten, alerts });
}
