// A metric's own options in an expectation: `lowConfidence: {bar: 0.6, share: at most 10%}`. The limit then stands under `share`; a metric
// that needs no option keeps its plain form, `flip: at most 5%`.
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Metric, metricNamed } from '../core/compare/index.ts';
import type { Decision } from '../model.ts';
import { duration } from './fields.ts';
import { exampleText, type KnownMetric } from './metrics.ts';
import { isDuration, writtenName } from './option-text.ts';
import { childOf, isRecord, nameOf, readShape, type Spot, show } from './shape.ts';

export interface WrittenMetric {
  /** The metric with its written options. */
  readonly metric: KnownMetric;
  readonly options: Readonly<Record<string, unknown>>;
  /** Where the limit stands. */
  readonly limit: Spot;
}

/** Null when something was reported. `decision` is null when there is none, or it was reported already. */
export function readWrittenMetric(
  spot: Spot,
  { known, decision }: { known: KnownMetric; decision: Decision | null },
): WrittenMetric | null {
  const options = isRecord(spot.value) ? readOptions(spot, known) : standardOptions(spot, known);
  if (options === null) return null;
  const metric = metricNamed(known.metric.name, options) as Metric;
  const unfit = decision === null ? null : (metric.whyUnfit?.(decision) ?? null);
  if (unfit !== null) {
    const path = unfit.option === null ? spot.path : [...spot.path, writtenName(unfit.option)];
    spot.problems.at(path, unfit.option === null ? `${known.key} ${unfit.why}` : `${nameOf(path)} ${unfit.why}`);
    return null;
  }
  return {
    metric: { ...known, metric },
    options,
    limit: isRecord(spot.value) ? childOf(spot, 'share') : spot,
  };
}

/** The plain form: every option must have a standard. */
function standardOptions({ value, path, problems }: Spot, known: KnownMetric): Record<string, unknown> | null {
  const { required = [] } = known.options;
  if (required.length > 0) {
    problems.at(
      path,
      `${nameOf(path)} requires ${required.map(writtenName).join(', ')}, such as ${exampleText(known)}, got ${show(value)}`,
    );
    return null;
  }
  return Value.Default(known.options, {}) as Record<string, unknown>;
}

function readOptions(spot: Spot, { key, options }: KnownMetric): Record<string, unknown> | null {
  const { path, problems } = spot;
  if (Object.keys(options.properties).length === 0) {
    problems.at(path, `${nameOf(path)} requires a limit alone, such as ${key}: at most 5%: it has no options`);
    return null;
  }
  const share = Type.Unknown({ description: 'the limit, such as "at most 10%"' });
  const names = Object.entries(options.properties).map(([name, property]) => {
    const description = (property as { description?: string }).description ?? '';
    const needsIt = (options.required ?? []).includes(name);
    const leaf = needsIt ? duration(description) : Type.Optional(duration(description));
    return [writtenName(name), isDuration(name) ? leaf : property];
  });
  const schema = Type.Object({ ...Object.fromEntries(names), share }, { additionalProperties: false });
  const read = readShape(schema, spot) as Record<string, unknown> | null;
  if (read === null) return null;
  const { share: _, ...written } = read;
  const own = Object.fromEntries(
    Object.entries(written).map(([key, value]) => [`${key}Ms` in options.properties ? `${key}Ms` : key, value]),
  );
  const wrong = Object.keys(own).filter((name) => !Value.Check(options.properties[name] as object, own[name]));
  for (const name of wrong) {
    const { description } = options.properties[name] as { description?: string };
    problems.at([...path, name], `${nameOf([...path, name])} requires ${description}, got ${show(own[name])}`);
  }
  return wrong.length > 0 ? null : own;
}
