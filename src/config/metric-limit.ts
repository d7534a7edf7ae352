// One line of an expectation, `flip: at most 5%`: a metric that fits the arm and the decision it is written under, and a
// limit that can be judged there.
import type { Arm, Decision } from '../model.ts';
import { optionKeys } from './expectation-options.ts';
import { type Limit, parseLimit } from './limit.ts';
import { type KnownMetric, knownMetrics, metricAt, metricKeysFor, metricsToCome, neverWritten } from './metrics.ts';
import { suggestion } from './nearest.ts';
import { listed, nameOf, type Spot, show } from './shape.ts';
import { whyUnsound } from './soundness.ts';

/** Whom an expectation is about. Arms and decisions that were reported already are null; the rest is still read. */
export interface Subject {
  readonly armName: string;
  readonly arm: Arm | null;
  readonly arms: readonly Arm[];
  /** False when some arm was reported. */
  readonly armsAreComplete: boolean;
  readonly hasDecision: boolean;
  readonly decision: Decision | null;
  /** Whose segments are judged one by one; null: all requests together. */
  readonly segmentation: string | null;
  /** A decision's name for messages. */
  readonly example: string;
}

export function readMetric(name: string, { spot, subject }: { spot: Spot; subject: Subject }): KnownMetric | null {
  const known = metricAt(name);
  const unfit = known ? whyUnfit(known, subject) : unknownMetric(name);
  if (unfit !== null) spot.problems.atKey([...spot.path, name], unfit);
  return unfit === null && known ? known : null;
}

function unknownMetric(name: string): string {
  const names = [...knownMetrics.map(({ key }) => key), ...optionKeys];
  if (neverWritten.includes(name)) {
    return `metric "${name}" has no limit to write: it is judged by itself for every arm beside a control`;
  }
  const why = metricsToCome.includes(name) ? 'is not supported yet' : `is unknown${suggestion(name, names)}`;
  return `metric "${name}" ${why}; known: ${listed(names)}`;
}

function whyUnfit({ key, metric }: KnownMetric, { armName, hasDecision, decision, example }: Subject): string | null {
  if (!metric.needsDecision && hasDecision) return `${key} is about the whole answer: write it under ${armName}`;
  if (metric.needsDecision && !hasDecision) return `${key} is about one decision: write it under ${armName}.${example}`;
  if (!decision || metric.applies(decision.kind)) return null;
  const fitting = listed(metricKeysFor(decision.kind));
  return `${key} does not apply to ${decision.name}, which is of kind ${decision.kind}; metrics that do: ${fitting}`;
}

/** `metric` is null when it was reported already: the limit's own form is still checked. */
export function readLimit(
  { value, path, problems }: Spot,
  { metric, subject }: { metric: KnownMetric | null; subject: Subject },
): Limit | null {
  const isPlainNumber = metric?.metric.amount?.isPlainNumber === true;
  const limit = parseLimit(typeof value === 'string' ? value : '', { isPlainNumber });
  if ('refused' in limit) {
    problems.at(path, `${nameOf(path)} ${limit.refused}, got ${show(value)}`);
    return null;
  }
  const { arm } = subject;
  const unsound = metric && arm ? whyUnsound(metric, { ...subject, limit, arm }) : null;
  if (unsound) problems.at(path, unsound);
  return unsound ? null : limit;
}
