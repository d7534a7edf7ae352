// Reads one section of the config against its schema: unknown keys, missing keys and wrong types are reported with their
// place and what is allowed; defaults are filled in; texts with units become numbers. All of a section's faults at once.
import type { Static, TSchema } from 'typebox';
import { type Reading, readers } from './fields.ts';
import { nearestName, suggestion } from './nearest.ts';
import type { Problems } from './problems.ts';
import type { Path } from './yaml-tree.ts';

/** A value of the file with its path and where to report. */
export interface Spot {
  readonly value: unknown;
  readonly path: Path;
  readonly problems: Problems;
}

/** What the walker understands of a schema: TypeBox makes it, `reads` and `notYet` are ours. */
interface Shape {
  readonly type?: string;
  readonly reads?: Reading;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly { readonly const?: unknown }[];
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Shape;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly notYet?: readonly string[];
}

const failed = Symbol('failed');

/** The section with defaults and plain numbers, or null when anything in it was reported. */
export function readShape<Schema extends TSchema>(schema: Schema, spot: Spot): Static<Schema> | null {
  const read = readValue(schema as Shape, spot);
  return read === failed ? null : (read as Static<Schema>);
}

/** The entries of a map whose keys people choose (arms, decisions, experiments); reports anything that is not a map. */
export function entriesOf(spot: Spot, what: string): readonly (readonly [string, Spot])[] {
  if (!isRecord(spot.value)) {
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires ${what}, got ${show(spot.value)}`);
    return [];
  }
  return Object.entries(spot.value).map(
    ([key, value]) => [key, { ...spot, value, path: [...spot.path, key] }] as const,
  );
}

/** The entries of an optional list; reports anything that is not one, and an empty one. */
export function listOf(spot: Spot, what: string): readonly Spot[] {
  if (spot.value === undefined) return [];
  if (!Array.isArray(spot.value) || spot.value.length === 0) {
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires a list of ${what}, got ${show(spot.value)}`);
    return [];
  }
  return spot.value.map((value, index) => ({ ...spot, value, path: [...spot.path, index] }));
}

/** A child of a map, whether or not it is there. */
export function childOf(spot: Spot, key: string): Spot {
  const value = isRecord(spot.value) && Object.hasOwn(spot.value, key) ? spot.value[key] : undefined;
  return { ...spot, value, path: [...spot.path, key] };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The key path as people say it: `experiments.release.maxTime`, `alerts[0]`. */
export function nameOf(path: Path): string {
  if (path.length === 0) return 'the config';
  return path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
}

/** A value as it may be quoted in a message: short, on one line. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  const written =
    typeof value === 'object'
      ? Array.isArray(value)
        ? value.length === 0
          ? 'an empty list'
          : 'a list'
        : 'a map'
      : (JSON.stringify(value) ?? String(value));
  const shown = typeof value === 'number' ? String(value) : written;
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown;
}

/** Names for "allowed: a, b, c". */
export function listed(names: readonly string[]): string {
  return names.join(', ');
}

function readValue(shape: Shape, spot: Spot): unknown {
  if (shape.reads) return readText(readers[shape.reads], spot);
  if (shape.properties) return readObject(shape, spot);
  if (shape.enum) return readChoice(shape.enum, spot);
  if (shape.anyOf?.every((choice) => choice.const !== undefined))
    return readChoice(
      shape.anyOf.map((choice) => choice.const),
      spot,
    );
  if (shape.type === 'array') return readList(shape, spot);
  if (shape.type === undefined) return spot.value;
  return readScalar(shape, spot);
}

function readObject(shape: Shape, spot: Spot): unknown {
  const { value, path, problems } = spot;
  if (!isRecord(value)) return fail(spot, `a map with ${listed(Object.keys(shape.properties ?? {}))}`);
  const before = problems.count();
  const known = Object.keys(shape.properties ?? {});
  const unknown = Object.keys(value).filter((key) => !known.includes(key));
  if (shape.additionalProperties === false) for (const key of unknown) refuseKey(key, { shape, spot, known });
  const entries: [string, unknown][] = [];
  for (const [key, property] of Object.entries(shape.properties ?? {})) {
    const child = childOf(spot, key);
    if (Object.hasOwn(value, key)) entries.push([key, readValue(property, child)]);
    else if (property.default !== undefined)
      entries.push([key, readValue(property, { ...child, value: property.default })]);
    else if (shape.required?.includes(key) && !isNoNews(key, { shape, spot, unknown })) {
      problems.atKey(path, `${nameOf(path)} requires ${key}${property.description ? `: ${property.description}` : ''}`);
    }
  }
  return problems.count() > before ? failed : Object.fromEntries(entries);
}

/** A missing key is no news where it is misspelt, or where all that is written is something still to come. */
function isNoNews(
  key: string,
  { shape, spot, unknown }: { shape: Shape; spot: Spot; unknown: readonly string[] },
): boolean {
  const known = Object.keys(shape.properties ?? {});
  if (unknown.some((name) => nearestName(name, known) === key)) return true;
  const written = isRecord(spot.value) ? Object.keys(spot.value) : [];
  return unknown.length > 0 && written.every((name) => shape.notYet?.includes(name));
}

function refuseKey(key: string, { shape, spot, known }: { shape: Shape; spot: Spot; known: readonly string[] }): void {
  const path = [...spot.path, key];
  const message = shape.notYet?.includes(key)
    ? `${nameOf(path)} is not supported yet`
    : `unknown key "${key}" in ${nameOf(spot.path)}${suggestion(key, known)}; allowed: ${listed(known)}`;
  spot.problems.atKey(path, message);
}

function readList(shape: Shape, spot: Spot): unknown {
  const { value, path, problems } = spot;
  if (!Array.isArray(value)) return fail(spot, 'a list, such as [one, two]');
  const { minItems = 0, maxItems = 1000 } = shape;
  if (value.length < minItems || value.length > maxItems) {
    return fail(
      spot,
      minItems === maxItems ? `a list of exactly ${minItems}` : `a list of ${minItems} to ${maxItems} entries`,
    );
  }
  const before = problems.count();
  const items = value.map((item, index) =>
    readValue(shape.items ?? {}, { ...spot, value: item, path: [...path, index] }),
  );
  return problems.count() > before ? failed : items;
}

function readChoice(choices: readonly unknown[], spot: Spot): unknown {
  if (choices.includes(spot.value)) return spot.value;
  const names = choices.map(String);
  spot.problems.at(
    spot.path,
    `${nameOf(spot.path)} requires one of ${listed(names)}, got ${show(spot.value)}${suggestion(String(spot.value), names)}`,
  );
  return failed;
}

function readText(reader: { allowed: string; read(text: string): unknown }, spot: Spot): unknown {
  if (typeof spot.value !== 'string') return fail(spot, reader.allowed);
  try {
    const read = reader.read(spot.value);
    return read === undefined ? fail(spot, reader.allowed) : read;
  } catch {
    return fail(spot, reader.allowed);
  }
}

function readScalar({ type, minimum, maximum, exclusiveMinimum }: Shape, spot: Spot): unknown {
  const { value } = spot;
  if (type === 'string') {
    if (typeof value === 'string' && value.length > 0) return value;
    return fail(spot, typeof value === 'number' ? `text: write it in quotes, "${value}"` : 'text');
  }
  if (type === 'boolean') return typeof value === 'boolean' ? value : fail(spot, 'true or false');
  const isNumber =
    typeof value === 'number' && Number.isFinite(value) && (type !== 'integer' || Number.isInteger(value));
  if (!isNumber) return fail(spot, type === 'integer' ? 'a whole number' : 'a number');
  if (minimum !== undefined && value < minimum) return fail(spot, `at least ${minimum}`);
  if (exclusiveMinimum !== undefined && value <= exclusiveMinimum) return fail(spot, `more than ${exclusiveMinimum}`);
  if (maximum !== undefined && value > maximum) return fail(spot, `at most ${maximum}`);
  return value;
}

function fail(spot: Spot, allowed: string): typeof failed {
  spot.problems.at(spot.path, `${nameOf(spot.path)} requires ${allowed}, got ${show(spot.value)}`);
  return failed;
}
