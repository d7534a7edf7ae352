// `inputs`: the model's features, from its card or written out. Perturbations and redacted samples name features by these.
import { resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import type { DeclaredInput } from '../core/perturb/index.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { readFeaturePlace, readModelCard } from '../io/model-card.ts';
import type { InputFeature } from '../model.ts';
import { text } from './fields.ts';
import { suggestion } from './nearest.ts';
import { readOlderValues } from './older-values.ts';
import { inputSchema, inputsCardSchema } from './schema.ts';
import { childOf, isRecord, listed, nameOf, readShape, type Spot, show } from './shape.ts';

const olderSchema = Type.Object(
  {
    file: text('a .json, .jsonl or .csv file with one row of values per entity'),
    key: text('the declared input whose value names the entity'),
  },
  { additionalProperties: false },
);

interface InputsSetting {
  readonly directory: string;
  /** Whether a feature stands where a JSON Pointer says; its name alone is then /name. */
  readonly arePointers?: boolean;
}

/** The features in their order; without `inputs` none are known. Null when something was reported. */
export function readInputs(spot: Spot, setting: InputsSetting): readonly DeclaredInput[] | null {
  if (spot.value === undefined) return [];
  if (Array.isArray(spot.value)) return readList(spot, { items: spot.value, ...setting });
  if (isRecord(spot.value)) return readCard(spot, setting.directory);
  spot.problems.at(spot.path, `inputs requires {card: FILE} or a list of features, got ${show(spot.value)}`);
  return null;
}

/** A card's faults are reported where the config names the card. */
function readCard(spot: Spot, directory: string): readonly DeclaredInput[] | null {
  const shape = readShape(inputsCardSchema, spot);
  if (!shape) return null;
  try {
    const { inputs } = readModelCard(resolve(directory, shape.card));
    return inputs.map(({ stored: _, older, ...feature }): DeclaredInput => {
      if (older === undefined) return feature;
      const reason = refuseKey(older.key, { of: feature, inputs });
      if (reason !== null) throw new PenumbraError('CONFIG_INVALID', reason);
      return { ...feature, older: readOlderValues(older.file, { key: older.key, type: feature.type }) };
    });
  } catch (thrown) {
    spot.problems.at([...spot.path, 'card'], messageOf(thrown));
    return null;
  }
}

function readList(
  spot: Spot,
  { items, directory, arePointers = false }: { items: readonly unknown[] } & InputsSetting,
): readonly DeclaredInput[] | null {
  const { path, problems } = spot;
  const before = problems.count();
  const features = items.map((value, index) => readFeature({ ...spot, value, path: [...path, index] }, arePointers));
  for (const [index, feature] of features.entries()) {
    const same = features.slice(0, index).findIndex((earlier) => earlier && feature && isSame(earlier, feature));
    if (same >= 0)
      problems.at([...path, index], `${nameOf([...path, index])} has the name or the place of entry [${same}]`);
  }
  const inputs = features.filter((feature) => feature !== null);
  if (problems.count() > before) return null;
  const complete = inputs.map((feature, index) => {
    const entry = { ...spot, value: items[index], path: [...path, index] };
    return withOlder(feature, { spot: childOf(entry, 'older'), inputs, directory });
  });
  return problems.count() > before ? null : complete;
}

/** After the others, because the key is one of them. */
function withOlder(
  feature: DeclaredInput,
  { spot, inputs, directory }: { spot: Spot; inputs: readonly DeclaredInput[]; directory: string },
): DeclaredInput {
  const shape = spot.value === undefined ? null : readShape(olderSchema, spot);
  if (!shape) return feature;
  const reason = refuseKey(shape.key, { of: feature, inputs });
  if (reason !== null) spot.problems.at([...spot.path, 'key'], reason);
  try {
    const older = readOlderValues(resolve(directory, shape.file), { key: shape.key, type: feature.type });
    return { ...feature, older };
  } catch (thrown) {
    spot.problems.at([...spot.path, 'file'], messageOf(thrown));
    return feature;
  }
}

interface Keyed {
  readonly of: InputFeature;
  readonly inputs: readonly InputFeature[];
}

/** Why this is no key for the older values of a feature; null when it is one. */
function refuseKey(key: string, { of: feature, inputs }: Keyed): string | null {
  const names = inputs.map(({ name }) => name).filter((name) => name !== feature.name);
  if (names.includes(key)) return null;
  return `${feature.name}.older.key requires another declared input, got "${key}"${suggestion(key, names)}; declared: ${listed(names) || 'none'}`;
}

function isSame(one: InputFeature, other: InputFeature): boolean {
  return one.name === other.name || (one.tensor === other.tensor && one.index === other.index);
}

function readFeature(spot: Spot, isPointer: boolean): DeclaredInput | null {
  const shape: Static<typeof inputSchema> | null = readShape(inputSchema, spot);
  if (!shape) return null;
  const { path, problems } = spot;
  const before = problems.count();
  const place = readFeaturePlace(shape.at ?? (isPointer ? `/${shape.name}` : shape.name));
  if (!place)
    problems.at(
      [...path, 'at'],
      `${nameOf(path)}.at requires a tensor or one of its columns, such as "features[3]", got ${show(shape.at)}`,
    );
  const [low = 0, high = 0] = shape.range ?? [];
  if (shape.range && low >= high)
    problems.at([...path, 'range'], `${nameOf(path)}.range requires low before high, got [${low}, ${high}]`);
  const fallback = shape.default ?? null;
  if (!isOfType(fallback, shape.type))
    problems.at([...path, 'default'], `${nameOf(path)}.default requires a ${shape.type}, got ${show(fallback)}`);
  if (problems.count() > before || !place) return null;
  const { name, type, zeroIsLegal, group, spread, size } = shape;
  return {
    name,
    ...place,
    type,
    range: shape.range ? [low, high] : null,
    default: fallback as InputFeature['default'],
    zeroIsLegal,
    ...(group === undefined ? {} : { group }),
    ...(spread === undefined ? {} : { spread }),
    ...(size === undefined ? {} : { size }),
  };
}

function isOfType(value: unknown, type: InputFeature['type']): boolean {
  if (value === null) return true;
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type && (type !== 'number' || Number.isFinite(value));
}
