// What a process exports that answers for nobody but itself, a comparator among others or a judge that waits: its own work and itself;
// verdicts are the leading judge's to export.
import { type ComparingSeries, comparingMetrics } from './comparing.ts';
import type { Families, Room } from './families.ts';
import { createRegistry, type MetricsOptions, type MetricsRegistry } from './registry.ts';

/** Of a topic with more partitions the first so many are shown. */
const mostLags = 1000;

/** `snapshot` is null at a judge that waits. */
export function createMemberMetrics(snapshot: () => ComparingSeries | null, options: MetricsOptions): MetricsRegistry {
  const make = (families: Families) => {
    const fill = comparingMetrics(families);
    const waits = families.gauge(
      'penumbra_judge_waits',
      'With --role judge: 1 while another judge leads and this one waits',
    );
    return (room: Room): void => {
      const now = snapshot();
      if (now !== null) fill(now, room);
      else if (room.take('judge', 1)) waits.set(1);
    };
  };
  return createRegistry({ make, most: () => ({ lags: mostLags }) }, options);
}
