// The rows that the feature store serves: a file of JSON lines {"key", "features"}, gzipped or not, with features by name
// or in the order of the model card's inputs. Only the card's stored inputs are kept.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf, PenumbraError } from '../errors.ts';
import { parseJson } from '../io/json.ts';
import type { ModelCard } from '../io/model-card.ts';

export interface FeatureRows {
  /** The stored inputs' names, in the order of the values. */
  readonly names: readonly string[];
  readonly valuesByKey: ReadonlyMap<string, readonly unknown[]>;
}

/** @throws PenumbraError CONFIG_INVALID, with file and line; CONFIG_NOT_FOUND */
export async function readFeatureRows(file: string, card: ModelCard): Promise<FeatureRows> {
  const stored = card.inputs
    .map((input, position) => ({ name: input.name, position, stored: input.stored }))
    .filter((input) => input.stored);
  if (stored.length === 0) {
    throw new PenumbraError(
      'CONFIG_INVALID',
      `${card.card}: inputs require at least one with "stored": true`,
      card.card,
    );
  }
  const valuesByKey = new Map<string, readonly unknown[]>();
  let line = 0;
  try {
    for await (const text of createInterface({ input: open(file), crlfDelay: Number.POSITIVE_INFINITY })) {
      line++;
      if (text.trim() === '') continue;
      const { key, features } = readLine(text);
      valuesByKey.set(
        key,
        stored.map((input) => storedValue(features, input)),
      );
    }
  } catch (thrown) {
    const isMissing =
      thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'EACCES');
    if (isMissing)
      throw new PenumbraError('CONFIG_NOT_FOUND', `rows require a readable file: ${messageOf(thrown)}`, file);
    throw new PenumbraError('CONFIG_INVALID', `${file}: line ${line}: ${messageOf(thrown)}`, `${file}:${line}`);
  }
  return { names: stored.map((input) => input.name), valuesByKey };
}

function open(file: string): Readable {
  const bytes = createReadStream(file);
  if (!file.endsWith('.gz')) return bytes;
  const lines = createGunzip();
  bytes.on('error', (thrown) => lines.destroy(thrown));
  return bytes.pipe(lines);
}

function readLine(text: string): { key: string; features: object } {
  const row = parseJson(text);
  const { key, features } =
    typeof row === 'object' && row !== null ? (row as { key?: unknown; features?: unknown }) : {};
  if (typeof key !== 'string' || key === '') throw new Error('a row requires a "key", a string');
  if (typeof features !== 'object' || features === null)
    throw new Error('a row requires "features", a list or an object');
  return { key, features };
}

function storedValue(features: object, { name, position }: { name: string; position: number }): unknown {
  const value: unknown = Array.isArray(features) ? features[position] : (features as Record<string, unknown>)[name];
  if (value === undefined) throw new Error(`a row requires a value for "${name}"`);
  return value;
}
