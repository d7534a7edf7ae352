// The watches on production itself, and production requests that came too late for them.
import type { Families, Room } from './families.ts';

export interface WatchSeries {
  readonly id: string;
  readonly status: string;
  /** Who hears of its alarm. */
  readonly notify: string;
  /** Judged since it began. */
  readonly n: number;
  readonly seen: number;
  readonly tolerance: number;
  readonly recent: { readonly rate: number | null; readonly interval: readonly [number, number] | null };
}

export interface WatchesSeries {
  readonly late: number;
  readonly series: readonly WatchSeries[];
}

export function watchMetrics({ gauge }: Families): (watches: WatchesSeries, room: Room) => void {
  const labels = ['watch'];
  const state = gauge(
    'penumbra_watch_state',
    '1 for the state of each watch on production (the others have no series)',
    [...labels, 'notify', 'state'],
  );
  const seen = gauge('penumbra_watch_requests', 'Production requests in closed buckets since the watch began', labels);
  const observations = gauge('penumbra_watch_observations', 'Those of them that could be judged', labels);
  const rate = gauge('penumbra_watch_rate', 'Rate over the latest buckets, or since the incident began', labels);
  const bound = gauge('penumbra_watch_interval', 'Bounds of that rate', [...labels, 'bound']);
  const tolerance = gauge('penumbra_watch_tolerance', 'The declared limit', labels);
  const late = gauge('penumbra_watch_late', 'Production requests that came after their bucket had closed');
  return (watches, room) => {
    if (room.take('watches', 1)) late.set(watches.late);
    const loudestFirst = watches.series.toSorted((one, other) => rankOf(one) - rankOf(other));
    for (const { id: watch, status, notify, recent, ...series } of loudestFirst) {
      if (!room.take('watches', 7)) continue;
      state.set({ watch, notify, state: status }, 1);
      seen.set({ watch }, series.seen);
      observations.set({ watch }, series.n);
      tolerance.set({ watch }, series.tolerance);
      if (recent.rate === null || recent.interval === null) continue;
      rate.set({ watch }, recent.rate);
      bound.set({ watch, bound: 'lower' }, recent.interval[0]);
      bound.set({ watch, bound: 'upper' }, recent.interval[1]);
    }
  };
}

function rankOf({ status }: WatchSeries): number {
  return status === 'REGRESSED' ? 0 : 1;
}
