// How the config spells metrics (`silentWrong` for silent-wrong) and which of them depend on how fast or reliably an arm
// answers. The metrics themselves are kinds in core/compare; a new one there is known here at once.
import type { TObject, TSchema } from 'typebox';
import { type Metric, metricNamed, metrics } from '../core/compare/index.ts';
import type { PredictionKind } from '../model.ts';
import { writtenOptions } from './option-text.ts';

export interface KnownMetric {
  /** As written in a config. */
  readonly key: string;
  /** With the written options, or with example ones where only the kind matters. */
  readonly metric: Metric;
  readonly options: TObject;
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
  'recovered',
  'slo-breach',
  'latency',
];

export const metricsToCome: readonly string[] = ['drift'];

/** Added by penumbra itself and never written: there is no limit to write. */
export const neverWritten: readonly string[] = ['different'];

export const knownMetrics: readonly KnownMetric[] = metrics
  .filter(({ name }) => !neverWritten.includes(name))
  .map(({ name, summary, options }) => ({
    key: metricKey(name),
    metric: metricNamed(name, exampleOptions(options)) as Metric,
    options,
    summary,
    isOfService: ofService.includes(name),
  }));

/** Options as a message or a test may show them: the first example of each that must be said. */
export function exampleOptions({ properties, required }: TObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    ((required ?? []) as readonly string[]).map((name) => [
      name,
      (properties[name] as TSchema & { examples?: readonly unknown[] }).examples?.[0],
    ]),
  );
}

/** @example "{bar: 0.6, share: at most 10%}" */
export function exampleText({ metric, options }: KnownMetric): string {
  const written = Object.entries(writtenOptions(exampleOptions(options)));
  const entries = written.map(([name, value]) => `${name}: ${String(value)}, `);
  const isLeast = metric.limits?.forms.includes('at most') === false;
  return `{${entries.join('')}share: ${isLeast ? 'at least 99%' : 'at most 10%'}}`;
}

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
