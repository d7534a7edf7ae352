// A drill as people and pipelines are shown it: how long each part of the alert's way took, and all of it in one sentence.
import type { DrillView } from '../../api/comparator.ts';
import type { Drill, DrillResult } from '../../io/store-port.ts';

export function viewDrill(drill: Drill): DrillView {
  const { plantedAt, verdict, deliveries, arrival } = drill;
  const foundAt = verdict?.at ?? null;
  const deliveredAt = deliveries.some(({ at }) => at === null)
    ? null
    : Math.max(...deliveries.map(({ at }) => at ?? 0));
  const times = {
    detectionMs: between(plantedAt, foundAt),
    deliveryMs: between(foundAt, deliveredAt),
    arrivalMs: between(foundAt, arrival.at),
  };
  return { ...drill, ...times, isSuccess: isSuccess(drill.result), sentence: sentenceOf(drill, times) };
}

export function isSuccess(result: DrillResult | null): boolean {
  return result === 'arrived' || result === 'delivered';
}

type Times = Pick<DrillView, 'detectionMs' | 'deliveryMs' | 'arrivalMs'>;

function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.max(0, to - from);
}

function sentenceOf({ verdict, result, reason, arrival }: Drill, times: Times): string {
  const { detectionMs, deliveryMs, arrivalMs } = times;
  const found =
    verdict === null || detectionMs === null
      ? null
      : `the planted regression was found after ${verdict.requests} requests (${seconds(detectionMs)})`;
  if (result === null) return found === null ? 'not found yet' : `${found}; its alert is on the way`;
  if (result === 'delivered') {
    return `${found}, and every sink took the alert ${seconds(deliveryMs)} later; arrival was not checked`;
  }
  if (result === 'arrived') return `${found}, and its alert arrived at ${arrival.where} ${seconds(arrivalMs)} later`;
  return found === null ? `the alarm was not raised: ${reason}` : `${found}, but ${reason}`;
}

function seconds(ms: number | null): string {
  return `${((ms ?? 0) / 1000).toFixed(1)} s`;
}
