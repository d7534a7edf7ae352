// What a process exports that answers for nobody but itself, a comparator among others or a judge that waits: its own work and itself;
// verdicts are the leading judge's to export.
import { Registry } from 'prom-client';
import { type ComparingSeries, comparingMetrics } from './comparing.ts';
import { createFamilies, createRoom } from './families.ts';
import { defaultMostSeries, type MetricsOptions, type MetricsRegistry } from './index.ts';
import { ownSeries, selfMetrics } from './itself.ts';

/** Of a topic with more partitions the first so many are shown. */
const mostLags = 1000;

/** `snapshot` is null at a judge that waits. */
export function createMemberMetrics(
  snapshot: () => ComparingSeries | null,
  { service, version, mostSeries = defaultMostSeries }: MetricsOptions,
): MetricsRegistry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  const families = createFamilies(registry);
  const fillSelf = selfMetrics(families);
  const fill = comparingMetrics(families);
  const waits = families.gauge(
    'penumbra_judge_waits',
    'With --role judge: 1 while another judge leads and this one waits',
  );
  return {
    expose: async () => {
      families.clear();
      const room = createRoom(mostSeries - ownSeries, { lags: mostLags });
      const now = snapshot();
      if (now !== null) fill(now, room);
      else if (room.take('judge', 1)) waits.set(1);
      fillSelf({ version }, room);
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
    families: families.texts,
  };
}
