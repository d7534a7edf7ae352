// `inputs`: the model's features, from its card or written out. Perturbations and redacted samples name features by these.
import { resolve } from 'node:path';
import type { Static } from 'typebox';
import { messageOf } from '../errors.ts';
import { readFeaturePlace, readModelCard } from '../io/model-card.ts';
import type { InputFeature } from '../model.ts';
import { inputSchema, inputsCardSchema } from './schema.ts';
import { isRecord, nameOf, readShape, type Spot, show } from './shape.ts';

/** The features in their order; without `inputs` none are known. Null when something was reported. */
export function readInputs(spot: Spot, { directory }: { directory: string }): readonly InputFeature[] | null {
  if (spot.value === undefined) return [];
  if (Array.isArray(spot.value)) return readList(spot, spot.value);
  if (isRecord(spot.value)) return readCard(spot, directory);
  spot.problems.at(spot.path, `inputs requires {card: FILE} or a list of features, got ${show(spot.value)}`);
  return null;
}

/** A card's faults are reported where the config names the card. */
function readCard(spot: Spot, directory: string): readonly InputFeature[] | null {
  const shape = readShape(inputsCardSchema, spot);
  if (!shape) return null;
  try {
    return readModelCard(resolve(directory, shape.card)).inputs.map(({ stored: _, ...feature }) => feature);
  } catch (thrown) {
    spot.problems.at([...spot.path, 'card'], messageOf(thrown));
    return null;
  }
}

function readList(spot: Spot, items: readonly unknown[]): readonly InputFeature[] | null {
  const { path, problems } = spot;
  const before = problems.count();
  const features = items.map((value, index) => readFeature({ ...spot, value, path: [...path, index] }));
  for (const [index, feature] of features.entries()) {
    const same = features.slice(0, index).findIndex((earlier) => earlier && feature && isSame(earlier, feature));
    if (same >= 0)
      problems.at([...path, index], `${nameOf([...path, index])} has the name or the place of entry [${same}]`);
  }
  return problems.count() > before ? null : features.filter((feature) => feature !== null);
}

function isSame(one: InputFeature, other: InputFeature): boolean {
  return one.name === other.name || (one.tensor === other.tensor && one.index === other.index);
}

function readFeature(spot: Spot): InputFeature | null {
  const shape: Static<typeof inputSchema> | null = readShape(inputSchema, spot);
  if (!shape) return null;
  const { path, problems } = spot;
  const before = problems.count();
  const place = readFeaturePlace(shape.at ?? shape.name);
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
  const { name, type, zeroIsLegal } = shape;
  return {
    name,
    ...place,
    type,
    range: shape.range ? [low, high] : null,
    default: fallback as InputFeature['default'],
    zeroIsLegal,
  };
}

function isOfType(value: unknown, type: InputFeature['type']): boolean {
  if (value === null) return true;
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type && (type !== 'number' || Number.isFinite(value));
}
