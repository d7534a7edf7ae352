// Every metric penumbra knows, by name. A new one is a file beside these and one line here.
// To come: the bounded-mean and distribution metrics (mean difference, paired KS), low-confidence, collapse, missing-rows.
import { available } from './available.ts';
import { error } from './error.ts';
import { flip } from './flip.ts';
import { invalid } from './invalid.ts';
import { latency } from './latency.ts';
import { material } from './material.ts';
import type { Metric } from './metric.ts';
import { silentWrong } from './silent-wrong.ts';
import { sloBreach } from './slo-breach.ts';
import { timeout } from './timeout.ts';
import { unavailable } from './unavailable.ts';
import { worse } from './worse.ts';

export type { Metric, MetricContext } from './metric.ts';
export { compareWithTruth, truthLabel } from './truth.ts';

export const metrics = [
  flip,
  material,
  silentWrong,
  error,
  timeout,
  invalid,
  unavailable,
  available,
  sloBreach,
  latency,
  worse,
] as const;

const made = new Map<string, Metric>(metrics.map((kind) => [kind.name, kind.create({})]));

/** The metric of this name, undefined when there is none. */
export function metricNamed(name: string): Metric | undefined {
  return made.get(name);
}
