// Every metric penumbra knows, by name. A new one is a file beside these and one line here.
import { Value } from 'typebox/value';
import { available } from './available.ts';
import { bias } from './bias.ts';
import { collapse } from './collapse.ts';
import { confidenceFall } from './confidence-fall.ts';
import { defaultMatch } from './default-match.ts';
import { different } from './different.ts';
import { error } from './error.ts';
import { extraDependencyCalls } from './extra-dependency-calls.ts';
import { flip } from './flip.ts';
import { invalid } from './invalid.ts';
import { latency } from './latency.ts';
import { lowConfidence } from './low-confidence.ts';
import { material } from './material.ts';
import { meanDifference } from './mean-difference.ts';
import type { Metric } from './metric.ts';
import { missingRows } from './missing-rows.ts';
import { pairedKs } from './paired-ks.ts';
import { psi } from './psi.ts';
import { recovered } from './recovered.ts';
import { silentWrong } from './silent-wrong.ts';
import { sloBreach } from './slo-breach.ts';
import { timeout } from './timeout.ts';
import { unavailable } from './unavailable.ts';
import { worse } from './worse.ts';

export { countedWords, type LimitForm, type Metric, type MetricContext } from './metric.ts';
export { compareWithTruth, truthLabel } from './truth.ts';

/** Every kind of metric. */
export const metrics = [
  flip,
  material,
  silentWrong,
  error,
  timeout,
  invalid,
  unavailable,
  available,
  recovered,
  sloBreach,
  latency,
  extraDependencyCalls,
  worse,
  lowConfidence,
  confidenceFall,
  defaultMatch,
  collapse,
  missingRows,
  meanDifference,
  bias,
  pairedKs,
  psi,
  different,
] as const;

const made = new Map<string, Metric>();

/** The metric of this name with these options; undefined when there is none or they are not its options. The same metric is made once. */
export function metricNamed(name: string, options: Readonly<Record<string, unknown>> = {}): Metric | undefined {
  const key = `${name} ${JSON.stringify(options)}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const kind = metrics.find((one) => one.name === name);
  if (kind === undefined || !Value.Check(kind.options, options)) return undefined;
  const metric = kind.create(options as never);
  made.set(key, metric);
  return metric;
}
