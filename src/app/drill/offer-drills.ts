// What the API and the metrics show of drills.
import type { Comparator } from '../../api/comparator.ts';
import { drillName } from '../../config/drill-config.ts';
import { PenumbraError } from '../../errors.ts';
import type { DrillSeries } from '../../io/metrics/drills.ts';
import type { Store } from '../../io/store-port.ts';
import type { Drills } from './drills.ts';
import { isSuccess, viewDrill } from './view-drill.ts';

type Offered = Pick<Comparator, 'startDrill' | 'drills' | 'drill' | 'drillArrived'>;

export function offerDrills(drills: Drills): Offered {
  return {
    startDrill: async ({ awaitsArrival }) => viewDrill(await drills.start({ by: 'request', awaitsArrival })),
    drills: () => drills.list().map(viewDrill),
    drill: (id) => viewDrill(drills.find(id)),
    drillArrived: (id, where) => viewDrill(drills.arrived(id, where)),
  };
}

/** Only so many of the latest are looked through for a success. */
const mostRead = 100;

export function drillSeries(store: Pick<Store, 'drills' | 'drillResults'>): DrillSeries {
  const ended = store.drills(mostRead).filter(({ result }) => result !== null);
  const [latest] = ended.map(viewDrill);
  return {
    results: store.drillResults(),
    detectionMs: latest?.detectionMs ?? null,
    deliveryMs: latest?.deliveryMs ?? null,
    arrivalMs: latest?.arrivalMs ?? null,
    lastSuccessAt: ended.find(({ result }) => isSuccess(result))?.endedAt ?? null,
  };
}

/** Whatever a drill has shown, it says nothing about any candidate. @throws PenumbraError USAGE */
export function refuseDrill(experiment: string | null): void {
  if (experiment !== drillName) return;
  throw new PenumbraError('USAGE', 'a drill answers no gate: it checks the alarm, and is about no candidate');
}
