// Follows one drill to its end: says each step once, looks for the alert where it should arrive, and tells the comparator that it did.
import type { DrillView } from '../../api/comparator.ts';
import { formatDuration } from '../../core/units.ts';
import { messageOf } from '../../errors.ts';
import type { ApiClient } from '../api-client.ts';
import type { ArrivalWatch } from './watch-arrival.ts';

export interface Following {
  readonly client: ApiClient;
  /** Null: nobody looks. */
  readonly watch: ArrivalWatch | null;
  readonly say: (line: string) => void;
}

const everyMs = 500;
/** Faults in a row on the way to the comparator before that is the answer. */
const retries = 10;

/** Throws when the comparator can no longer be asked. */
export async function followDrill(started: DrillView, { client, watch, say }: Following): Promise<DrillView> {
  const path = `/v1/drills/${encodeURIComponent(started.id)}`;
  const once = new Set<string>();
  const sayOnce = (line: string): void => {
    if (!once.has(line)) say(line);
    once.add(line);
  };
  say(announcement(started));
  let drill = started;
  for (let failures = 0; drill.result === null; ) {
    await new Promise((resume) => setTimeout(resume, everyMs));
    try {
      drill = (await client.get(path)) as DrillView;
      failures = 0;
      for (const line of stepsOf(drill)) sayOnce(line);
      if (watch === null || drill.result !== null || drill.arrival.at !== null) continue;
      const { isSeen, problem } = await watch.look({ run: drill.id, key: null, since: drill.startedAt });
      if (problem !== null) sayOnce(`the receiver could not be asked: ${problem}`);
      if (isSeen) drill = (await client.post(`${path}/arrival`, { where: watch.where })) as DrillView;
    } catch (thrown) {
      failures += 1;
      if (failures >= retries) throw thrown;
      sayOnce(`trying again: ${messageOf(thrown)}`);
    }
  }
  for (const line of stepsOf(drill)) sayOnce(line);
  return drill;
}

function announcement(drill: DrillView): string {
  const { id, experiment, arm, planted, withinMs, maxRequestsPerSecond, maxRequests } = drill;
  const most = `at most ${maxRequestsPerSecond} requests a second, ${maxRequests.toLocaleString('en')} in all`;
  return `drill ${id}: "${planted}" in copies for the ${arm} of ${experiment}, ${most}; the alert has ${formatDuration(withinMs)} to arrive`;
}

function stepsOf({ plantedAt, verdict, deliveries, arrival, detectionMs, deliveryMs, arrivalMs }: DrillView): string[] {
  const steps = plantedAt === null ? [] : ['the first request is changed'];
  if (verdict !== null) {
    steps.push(`found after ${verdict.requests} requests, ${seconds(detectionMs)}: ${verdict.sentence}`);
  }
  const at = verdict?.at ?? 0;
  for (const one of deliveries) {
    if (one.at !== null) steps.push(`${one.sink} took the alert ${seconds(one.at - at)} later`);
    else if (one.detail !== null) steps.push(`${one.sink} did not take the alert: ${one.detail}`);
  }
  if (deliveryMs !== null && deliveries.length > 1) steps.push('every sink took the alert');
  if (arrival.at !== null) steps.push(`it arrived at ${arrival.where} ${seconds(arrivalMs)} after it was found`);
  return steps;
}

function seconds(ms: number | null): string {
  return `${((ms ?? 0) / 1000).toFixed(1)} s`;
}
