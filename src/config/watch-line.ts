// One line of `watch`, `allZero: at most 0.1%` or `lowConfidence: {bar: 0.6, share: at most 10%}`: a kind that fits its place, its options,
// and a limit.
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { WatchClaim } from '../core/watch/claim.ts';
import { type About, namedFeatures, type Watch, watches, watchNamed } from '../core/watch/index.ts';
import type { Decision, InputFeature, Notify } from '../model.ts';
import { hashOf } from './hashes.ts';
import { parseLimit } from './limit.ts';
import { exampleOptions, metricKey } from './metrics.ts';
import { suggestion } from './nearest.ts';
import { childOf, isRecord, listed, nameOf, readShape, type Spot, show } from './shape.ts';

/** Where a line stands: under `inputs`, `echoedInputs` or a decision. */
export interface WatchGroup {
  readonly name: string;
  readonly lookIn: 'request' | 'answer';
  readonly inputs: readonly InputFeature[];
  readonly decision: Decision | null;
}

type KnownKind = (typeof watches)[number];

interface Line {
  readonly key: string;
  readonly group: WatchGroup;
}

/** Null when something was reported. */
export function readWatchLine(spot: Spot, line: Line): WatchClaim | null {
  const kind = kindAt(spot, line);
  if (kind === null) return null;
  const written = isRecord(spot.value);
  const read = written ? readOptions(spot, kind) : standardOptions(spot, kind);
  const tolerance = readTolerance(written ? childOf(spot, 'share') : spot, kind);
  if (read === null || tolerance === null) return null;
  const { notify, ...options } = read;
  const watch = watchNamed(kind.name, options) as Watch;
  const features = readFeatures(spot, { watch, options, line });
  if (features === null) return null;
  const about: About = { features, decision: line.group.decision, tolerance };
  const unfit = watch.whyUnfit(about);
  if (unfit !== null) {
    // The option may be one that was not written.
    const isWritten = unfit.option !== null && isRecord(spot.value) && Object.hasOwn(spot.value, unfit.option);
    const path = isWritten ? [...spot.path, unfit.option as string] : spot.path;
    spot.problems.at(path, `${nameOf(path)} ${unfit.why}`);
    return null;
  }
  const doubt = watch.doubt(about);
  if (doubt !== null) spot.problems.warn(spot.path, doubt);
  const { lookIn } = line.group;
  const definition = hashOf({ kind: kind.name, options, ...about, lookIn });
  const said = notify === undefined ? {} : { notify: notify as Notify };
  return { id: `${line.group.name}.${line.key}`, kind: kind.name, options, lookIn, definition, ...said, ...about };
}

function kindAt({ path, problems }: Spot, { key, group }: Line): KnownKind | null {
  const fitting = watches.filter((kind) => isFitting(kind, group)).map(({ name }) => metricKey(name));
  const kind = watches.find(({ name }) => metricKey(name) === key);
  if (kind === undefined) {
    const why = `is unknown${suggestion(key, fitting)}; known under ${group.name}: ${listed(fitting)}`;
    problems.atKey(path, `watch "${key}" ${why}`);
    return null;
  }
  if (fitting.includes(key)) return kind;
  const { decision } = group;
  const why = decision === null ? 'does not look at inputs' : `does not look at a decision of kind ${decision.kind}`;
  problems.atKey(path, `${key} ${why}; what can stand under ${group.name}: ${listed(fitting)}`);
  return null;
}

function isFitting(kind: KnownKind, { name, decision }: WatchGroup): boolean {
  const watch = kind.create({
    ...exampleOptions(kind.options),
    ...(Value.Default(kind.options, {}) as object),
  } as never);
  if (watch.looksAt === 'decision') return decision !== null && watch.applies(decision.kind);
  return decision === null && (watch.looksAt === 'inputs' || name === 'inputs');
}

function exampleOf(kind: KnownKind): string {
  const own = Object.entries(exampleOptions(kind.options)).map(([name, value]) => `${name}: ${String(value)}, `);
  return `{${own.join('')}share: at most 1%}`;
}

/** The plain form, a limit alone: every option must have a standard. */
function standardOptions({ value, path, problems }: Spot, kind: KnownKind): Readonly<Record<string, unknown>> | null {
  const required = (kind.options as { readonly required?: readonly string[] }).required ?? [];
  const options = Value.Default(kind.options, {}) as Record<string, unknown>;
  const missing = required.filter((name) => options[name] === undefined);
  if (missing.length === 0) return options;
  const such = `such as ${exampleOf(kind)}, got ${show(value)}`;
  problems.at(path, `${nameOf(path)} requires ${listed(missing)}, ${such}`);
  return null;
}

/** The schema walker checks names and fills in; each value is checked by its own schema. */
function readOptions(spot: Spot, kind: KnownKind): Readonly<Record<string, unknown>> | null {
  const properties = Object.entries(
    kind.options.properties as Record<string, { description?: string; default?: unknown }>,
  );
  const required = (kind.options as { readonly required?: readonly string[] }).required ?? [];
  const loose = properties.map(([name, { description, default: standard }]) => {
    const own = Type.Unknown({
      ...(description === undefined ? {} : { description }),
      ...(standard === undefined ? {} : { default: standard }),
    });
    return [name, required.includes(name) ? own : Type.Optional(own)] as const;
  });
  const share = Type.Unknown({ description: 'the limit, such as "at most 10%"' });
  const notify = Type.Optional(
    Type.Enum(['page', 'ticket', 'none'], { description: 'how grave its alert is; a page unless said' }),
  );
  const schema = Type.Object({ ...Object.fromEntries(loose), share, notify }, { additionalProperties: false });
  const read = readShape(schema, spot) as Record<string, unknown> | null;
  if (read === null) return null;
  const { share: _, ...own } = read;
  const wrong = properties.filter(([name, option]) => own[name] !== undefined && !Value.Check(option, own[name]));
  for (const [name, { description }] of wrong) {
    spot.problems.at(
      [...spot.path, name],
      `${nameOf([...spot.path, name])} requires ${description}, got ${show(own[name])}`,
    );
  }
  return wrong.length > 0 ? null : own;
}

function readTolerance({ value, path, problems }: Spot, kind: KnownKind): number | null {
  // A missing share was reported with the other options.
  if (value === undefined) return null;
  const limit = parseLimit(typeof value === 'string' ? value : '');
  if ('refused' in limit) {
    const such = typeof value === 'string' ? '' : `, such as ${exampleOf(kind)}`;
    problems.at(path, `${nameOf(path)} ${limit.refused}${such}, got ${show(value)}`);
    return null;
  }
  if (limit.relation !== 'sensitive' && limit.against === 'limit') return limit.tolerance;
  const why =
    limit.against === 'control' ? 'production has no control beside it' : 'a watch alarms when a rate is too high';
  problems.at(path, `${nameOf(path)} requires "at most 5%" or "practically none": ${why}, got ${show(value)}`);
  return null;
}

interface Naming {
  readonly watch: Watch;
  readonly options: Readonly<Record<string, unknown>>;
  readonly line: Line;
}

/** The features named, or all that the watch can look at. */
function readFeatures(spot: Spot, naming: Naming): readonly InputFeature[] | null {
  return findFeatures(spot, naming)?.map(plainFeature) ?? null;
}

/** The declaration alone, without what other sections add to it. */
function plainFeature({
  name,
  tensor,
  index,
  type,
  range,
  default: standard,
  zeroIsLegal,
}: InputFeature): InputFeature {
  return { name, tensor, index, type, range, default: standard, zeroIsLegal };
}

function findFeatures(
  { path, problems }: Spot,
  { watch, options, line: { key, group } }: Naming,
): readonly InputFeature[] | null {
  if (watch.looksAt !== 'inputs') return [];
  const { inputs } = group;
  const names = options.features as string | readonly string[] | undefined;
  if (names === undefined) {
    const usable = inputs.filter((feature) => watch.usesInput(feature));
    if (usable.length > 0) return usable;
    const known =
      inputs.length === 0 ? 'no inputs are declared (see inputs)' : 'none of the declared inputs can be looked at';
    problems.at(path, `${nameOf(path)} would see nothing: ${known}; ${whatItNeeds[key] ?? 'declare features'}`);
    return null;
  }
  const found = namedFeatures(names, inputs);
  if (!('unknown' in found)) return found;
  const all = inputs.map(({ name }) => name);
  const known = all.length === 0 ? 'none is declared (see inputs)' : `declared: ${listed(all)}`;
  const where = [...path, 'features'];
  problems.at(where, `"${found.unknown}" is no declared input${suggestion(found.unknown, all)}; ${known}`);
  return null;
}

const whatItNeeds: Readonly<Record<string, string>> = {
  allZero: 'it looks at features of type number or integer',
  allDefault: 'it looks at features with a declared default',
  outOfRange: 'it looks at features with a declared range, or learns ranges with "learn: 1000 requests"',
  unseenCategory: 'it looks at features of type string or boolean, and at those that "features" or "known" name',
};
