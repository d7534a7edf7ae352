// How the config spells metrics (`silentWrong` for silent-wrong) and which of them depend on how fast or reliably an arm
// answers. The metrics themselves are kinds in core/compare; a new one there is known here at once.
import { type Metric, metricNamed, metrics } from '../core/compare/index.ts';
import type { PredictionKind } from '../model.ts';

export interface KnownMetric {
  /** As written in a config. */
  readonly key: string;
  readonly metric: Metric;
  readonly summary: string;
  /** Comparable only between arms of the same kind of target. */
  readonly isOfService: boolean;
}

const ofService: readonly string[] = [
  'silent-wrong',
  'error',
  'timeout',
  'invalid',
  'unavailable',
  'available',
  'slo-breach',
  'latency',
];

export const metricsToCome: readonly string[] = [
  'lowConfidence',
  'confidenceFall',
  'defaultMatch',
  'collapse',
  'missingRows',
  'extraDependencyCalls',
  'recovered',
  'drift',
  'different',
];

export const knownMetrics: readonly KnownMetric[] = metrics.map(({ name, summary }) => ({
  key: metricKey(name),
  metric: metricNamed(name) as Metric,
  summary,
  isOfService: ofService.includes(name),
}));

/** `silent-wrong` as a config writes it: `silentWrong`. */
export function metricKey(name: string): string {
  return name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

export function metricAt(key: string): KnownMetric | undefined {
  return knownMetrics.find((known) => known.key === key);
}

/** The keys of metrics that understand this kind of output. */
export function metricKeysFor(kind: PredictionKind): readonly string[] {
  return knownMetrics.filter(({ metric }) => metric.needsDecision && metric.applies(kind)).map(({ key }) => key);
}
