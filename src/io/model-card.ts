// Model cards: the JSON file beside an ONNX file that names the model, its version and its inputs in order.
// The pod, in-process arms and the config (`inputs: {card: …}`) all read them here.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { messageOf, PenumbraError } from '../errors.ts';
import type { InputFeature } from '../model.ts';
import { parseJson } from './json.ts';

const text = Type.String({ minLength: 1 });

/** What a card must say; further members (training data, metrics) are its author's own. */
export const modelCardSchema = Type.Object({
  name: text,
  version: text,
  file: text,
  inputs: Type.Array(
    Type.Object({
      name: text,
      /** The input's own name by default: a tensor that is the feature. */
      at: Type.Optional(text),
      type: Type.Optional(Type.Enum(['number', 'integer', 'string', 'boolean'])),
      range: Type.Optional(Type.Union([Type.Tuple([Type.Number(), Type.Number()]), Type.Null()])),
      default: Type.Optional(Type.Union([Type.Number(), Type.String(), Type.Boolean(), Type.Null()])),
      zeroIsLegal: Type.Optional(Type.Boolean()),
      stored: Type.Optional(Type.Boolean()),
      group: Type.Optional(text),
      spread: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
      size: Type.Optional(Type.Integer({ minimum: 1 })),
      older: Type.Optional(Type.Object({ file: text, key: text })),
    }),
    { minItems: 1 },
  ),
});

const check = Compile(modelCardSchema);

export interface CardInput extends InputFeature {
  /** Kept in a feature store, so that a pod with `--features` replaces it. */
  readonly stored: boolean;
  readonly group?: string;
  readonly spread?: number;
  readonly size?: number;
  /** Where an older version's values stand, not read yet; the file resolved against the card's folder. */
  readonly older?: { readonly file: string; readonly key: string };
}

export interface ModelCard {
  /** The card's own file. */
  readonly card: string;
  readonly name: string;
  readonly version: string;
  /** The ONNX file, resolved against the card's folder. */
  readonly file: string;
  /** In order: value i of a stream row belongs to input i. */
  readonly inputs: readonly CardInput[];
}

/** @throws PenumbraError CONFIG_NOT_FOUND, CONFIG_INVALID (with file and field) */
export function readModelCard(file: string): ModelCard {
  const value = readJsonFile(file);
  if (!check.Check(value)) {
    const [first] = check.Errors(value);
    throw invalid(file, fieldOf(first?.instancePath ?? ''), first?.message ?? 'does not fit the schema');
  }
  const names = new Set<string>();
  const inputs = value.inputs.map((input, position) => {
    if (names.has(input.name))
      throw invalid(file, `inputs[${position}].name`, `requires a name of its own, "${input.name}" stands twice`);
    names.add(input.name);
    return { ...readInput(input, { file, field: `inputs[${position}]` }), ...extrasOf(input, dirname(file)) };
  });
  return { card: file, name: value.name, version: value.version, file: resolve(dirname(file), value.file), inputs };
}

type WrittenInput = Static<typeof modelCardSchema>['inputs'][number];

/** What only some inputs say. */
function extrasOf({ group, spread, size, older }: WrittenInput, directory: string): Partial<CardInput> {
  return {
    ...(group === undefined ? {} : { group }),
    ...(spread === undefined ? {} : { spread }),
    ...(size === undefined ? {} : { size }),
    ...(older === undefined ? {} : { older: { key: older.key, file: resolve(directory, older.file) } }),
  };
}

function readInput(input: WrittenInput, place: { file: string; field: string }): CardInput {
  const {
    name,
    at = name,
    type = 'number',
    range = null,
    default: fallback = null,
    zeroIsLegal = true,
    stored = false,
  } = input;
  if (range && range[0] > range[1])
    throw invalid(place.file, `${place.field}.range`, `requires low before high, not [${range.join(', ')}]`);
  const spot = readFeaturePlace(at);
  if (!spot)
    throw invalid(place.file, `${place.field}.at`, `requires a place such as features[3] or dep_delay, not "${at}"`);
  return { name, ...spot, type, range: range && [range[0], range[1]], default: fallback, zeroIsLegal, stored };
}

/** `features[3]` is column 3 of the tensor `features`; `dep_delay` is a tensor that is the feature. Null when neither. */
export function readFeaturePlace(at: string): { readonly tensor: string; readonly index: number | null } | null {
  const found = /^([^[\]\s]+)(?:\[(\d+)\])?$/.exec(at.trim());
  if (!found?.[1]) return null;
  return { tensor: found[1], index: found[2] === undefined ? null : Number(found[2]) };
}

function readJsonFile(file: string): unknown {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (thrown) {
    throw new PenumbraError('CONFIG_NOT_FOUND', `a model card requires a readable file: ${messageOf(thrown)}`, file);
  }
  try {
    return parseJson(bytes);
  } catch (thrown) {
    throw new PenumbraError('CONFIG_INVALID', `${file}: ${messageOf(thrown)}`, file);
  }
}

/** `/inputs/3/at` as people write it: `inputs[3].at`. */
function fieldOf(path: string): string {
  return path
    .slice(1)
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.');
}

function invalid(file: string, field: string, rule: string): PenumbraError {
  const place = field === '' ? file : `${file}: ${field}`;
  return new PenumbraError('CONFIG_INVALID', `${place} ${rule}`, place);
}
