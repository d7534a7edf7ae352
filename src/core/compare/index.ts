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

const made = new Map<string, Metric>();

/** The metric of this name with these options, undefined when there is none. The same metric is made once. */
export function metricNamed(name: string, options: Readonly<Record<string, unknown>> = {}): Metric | undefined {
  const key = `${name} ${JSON.stringify(options)}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const kind = metrics.find((one) => one.name === name);
  if (kind === undefined) return undefined;
  const metric = kind.create(options as never);
  made.set(key, metric);
  return metric;
}
