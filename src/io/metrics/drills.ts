// Drills: whether the alarm itself works, and how long it takes.
import type { DrillResult } from '../store-port.ts';
import type { Families, Room } from './families.ts';

export interface DrillSeries {
  /** How many ended with which result, since ever. */
  readonly results: Readonly<Partial<Record<DrillResult, number>>>;
  /** Of the latest that ended; null where it came not so far. */
  readonly detectionMs: number | null;
  readonly deliveryMs: number | null;
  readonly arrivalMs: number | null;
  /** Epoch milliseconds; null before the first. */
  readonly lastSuccessAt: number | null;
}

export function drillMetrics({ gauge, counter }: Families): (drills: DrillSeries, room: Room) => void {
  const total = counter(
    'penumbra_drill_runs_total',
    'Drills that ended, by result; arrived and delivered are successes',
    ['result'],
  );
  const detection = gauge(
    'penumbra_drill_detection_seconds',
    'Latest drill: from the first changed request to the verdict',
  );
  const delivery = gauge(
    'penumbra_drill_delivery_seconds',
    'Latest drill: from the verdict until every sink had the alert',
  );
  const arrival = gauge('penumbra_drill_arrival_seconds', 'Latest drill: from the verdict until the alert was seen');
  const success = gauge(
    'penumbra_drill_last_success_timestamp_seconds',
    'When a drill’s alert last arrived, or was delivered where nobody looks',
  );
  return (drills, room) => {
    if (!room.take('drills', 4 + Object.keys(drills.results).length)) return;
    for (const [result, count] of Object.entries(drills.results)) total.inc({ result }, count);
    const times = [
      [detection, drills.detectionMs],
      [delivery, drills.deliveryMs],
      [arrival, drills.arrivalMs],
      [success, drills.lastSuccessAt],
    ] as const;
    for (const [series, ms] of times) if (ms !== null) series.set(ms / 1000);
  };
}
