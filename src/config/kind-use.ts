// One use of a kind as people write it, `{zero: dep_delay, share: 20%}`: the kind's name carries its main option, the other
// keys are its options. Options ending in `Ms` are written without it, as durations; fractions are written as shares.
import type { TObject, TSchema } from 'typebox';
import type { KindUse } from '../model.ts';
import { duration, share } from './fields.ts';
import { suggestion } from './nearest.ts';
import { childOf, isRecord, listed, nameOf, readShape, type Spot, show } from './shape.ts';

/** What reading needs of a kind: perturbations and faults both fit. */
export interface UsableKind {
  readonly name: string;
  readonly options: TObject;
}

export interface KindFamily {
  /** "perturbation", "fault". */
  readonly what: string;
  readonly kinds: readonly UsableKind[];
  readonly notYet: readonly string[];
  mainOptionOf(kind: UsableKind): string;
  /** Reads the main option; undefined when it was reported. Without it the option's own schema is used. */
  readMain?(spot: Spot): unknown;
}

export const fractions: readonly string[] = ['share', 'ofRange', 'mix', 'after', 'keep', 'lost'];

/** The use with every default filled in, or null when something was reported. */
export function readUse(spot: Spot, family: KindFamily): KindUse | null {
  const { value, path, problems } = spot;
  const names = family.kinds.map((kind) => kind.name);
  if (!isRecord(value) || Object.keys(value).length === 0) {
    problems.at(
      path,
      `${nameOf(path)} requires a map that names a ${family.what} (${listed(names)}), got ${show(value)}`,
    );
    return null;
  }
  const keys = Object.keys(value);
  const named = keys.find((key) => names.includes(key)) ?? keys[0] ?? '';
  const kind = family.kinds.find((known) => known.name === named);
  if (!kind) {
    const why = family.notYet.includes(named) ? 'is not supported yet' : `is unknown${suggestion(named, names)}`;
    problems.atKey([...path, named], `${family.what} "${named}" ${why}; known: ${listed(names)}`);
    return null;
  }
  const before = problems.count();
  const options = readOptions(kind, { spot, family });
  return problems.count() > before ? null : { type: kind.name, options };
}

function readOptions(kind: UsableKind, { spot, family }: { spot: Spot; family: KindFamily }): Record<string, unknown> {
  const { value, path, problems } = spot;
  const optionAt = optionKeys(kind, family);
  for (const key of Object.keys(value as object).filter((written) => !optionAt.has(written))) {
    const known = [...optionAt.keys()];
    problems.atKey(
      [...path, key],
      `unknown key "${key}" in ${nameOf(path)}${suggestion(key, known)}; allowed: ${listed(known)}`,
    );
  }
  const options: [string, unknown][] = [];
  for (const [key, option] of optionAt) {
    const child = childOf(spot, key);
    const property = kind.options.properties[option] as TSchema & { default?: unknown };
    if (child.value !== undefined) {
      const isMain = option === family.mainOptionOf(kind);
      const read = isMain && family.readMain ? family.readMain(child) : readOption(option, { property, spot: child });
      if (read !== undefined && read !== null) options.push([option, read]);
    } else if (property.default !== undefined) options.push([option, property.default]);
    else if (kind.options.required?.includes(option))
      problems.at(path, `${nameOf(path)} requires ${key} for ${kind.name}`);
  }
  return Object.fromEntries(options);
}

/** The options of a kind by the key that a config writes. */
export function optionKeys(kind: UsableKind, family: KindFamily): ReadonlyMap<string, string> {
  const main = family.mainOptionOf(kind);
  const keyOf = (option: string): string => {
    if (option === main) return kind.name;
    return option.endsWith('Ms') ? option.slice(0, -2) : option;
  };
  return new Map(Object.keys(kind.options.properties).map((option) => [keyOf(option), option]));
}

function readOption(option: string, { property, spot }: { property: TSchema; spot: Spot }): unknown {
  if (option.endsWith('Ms')) return readShape(duration(''), spot);
  if (fractions.includes(option)) return readShape(share(''), spot);
  return readShape(property, spot);
}
