// `older`: what an earlier version of a feature held, from a file beside the config: {entity: values} as JSON, one
// {"key": …, "value": …} per line as JSONL, or CSV whose first column is headed `key`. Read once, when the config is.
import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import type { OlderValues } from '../core/perturb/index.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { InputFeature, TensorValue } from '../model.ts';
import { isRecord, show } from './shape.ts';

const maxBytes = 256 * 1024 * 1024;

/** One entity as it stands in the file; `place` is for messages. */
interface Entry {
  readonly place: string;
  readonly key: unknown;
  readonly value: unknown;
}

/** All vectors of one length. @throws PenumbraError CONFIG_NOT_FOUND, CONFIG_INVALID with file and line or entity */
export function readOlderValues(file: string, { key, type }: { key: string; type: InputFeature['type'] }): OlderValues {
  const bytes = readWhole(file);
  const text = bytes.toString('utf8');
  const values = new Map<string, readonly TensorValue[]>();
  let width: number | null = null;
  for (const entry of entriesOf(text, { file, type })) {
    const where = `${file}: ${entry.place}`;
    const name = typeof entry.key === 'number' ? String(entry.key) : entry.key;
    if (typeof name !== 'string' || name === '') throw invalid(where, `requires a key, got ${show(entry.key)}`);
    if (values.has(name)) throw invalid(where, `requires a key of its own, "${name}" stands twice`);
    const row: readonly unknown[] = Array.isArray(entry.value) ? entry.value : [entry.value];
    const wrong = row.findIndex((value) => !isOfType(value, type));
    if (row.length === 0 || wrong >= 0) throw invalid(where, `requires ${wordFor[type]}, got ${show(row[wrong])}`);
    width ??= row.length;
    if (row.length !== width) throw invalid(where, `requires ${width} values like the first entity, got ${row.length}`);
    values.set(name, row as readonly TensorValue[]);
  }
  if (values.size === 0) throw invalid(file, 'requires at least one entity');
  return { file, key, sha256: createHash('sha256').update(bytes).digest('hex'), values };
}

const wordFor = { number: 'numbers', integer: 'whole numbers', string: 'texts', boolean: 'true or false' } as const;

function isOfType(value: unknown, type: InputFeature['type']): boolean {
  if (type === 'integer') return Number.isInteger(value);
  return typeof value === type && (type !== 'number' || Number.isFinite(value));
}

function readWhole(file: string): Buffer {
  try {
    const { size } = statSync(file);
    if (size > maxBytes) throw invalid(file, `requires at most ${maxBytes} bytes, got ${size}`);
    return readFileSync(file);
  } catch (thrown) {
    if (thrown instanceof PenumbraError) throw thrown;
    throw new PenumbraError('CONFIG_NOT_FOUND', `older values require a readable file: ${messageOf(thrown)}`, file);
  }
}

function entriesOf(text: string, { file, type }: { file: string; type: InputFeature['type'] }): Iterable<Entry> {
  const extension = extname(file).toLowerCase();
  if (extension === '.json') return jsonEntries(text, file);
  if (extension === '.jsonl' || extension === '.ndjson') return lineEntries(text, file);
  if (extension === '.csv') return csvEntries(text, { file, type });
  throw invalid(file, 'requires the extension .json, .jsonl or .csv');
}

function* jsonEntries(text: string, file: string): Iterable<Entry> {
  const whole = parsed(text, file);
  if (!isRecord(whole)) throw invalid(file, `requires a map from entity to values, got ${show(whole)}`);
  for (const [key, value] of Object.entries(whole)) yield { place: JSON.stringify(key), key, value };
}

function* lineEntries(text: string, file: string): Iterable<Entry> {
  for (const { line, place } of linesOf(text)) {
    const entry = parsed(line, `${file}: ${place}`);
    if (!isRecord(entry)) throw invalid(`${file}: ${place}`, `requires {"key": …, "value": …}, got ${show(entry)}`);
    yield { place, key: entry.key, value: entry.value };
  }
}

/** Plain columns: quoted fields are for keys and texts without commas and quotes inside. */
function* csvEntries(text: string, { file, type }: { file: string; type: InputFeature['type'] }): Iterable<Entry> {
  let isHeader = true;
  for (const { line, place } of linesOf(text)) {
    const [key = '', ...cells] = line.split(',').map((cell) => cell.trim().replace(/^"(.*)"$/, '$1'));
    if (isHeader && key !== 'key') throw invalid(`${file}: ${place}`, `requires a first column "key", got "${key}"`);
    if (!isHeader) yield { place, key, value: cells.map((cell) => csvValue(cell, type)) };
    isHeader = false;
  }
}

function csvValue(cell: string, type: InputFeature['type']): TensorValue {
  if (type === 'string') return cell;
  if (type === 'boolean') return cell === 'true' ? true : cell === 'false' ? false : cell;
  return cell === '' || Number.isNaN(Number(cell)) ? cell : Number(cell);
}

function* linesOf(text: string): Iterable<{ line: string; place: string }> {
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() !== '') yield { line, place: `line ${index + 1}` };
  }
}

function parsed(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw invalid(where, `requires JSON: ${messageOf(thrown)}`);
  }
}

function invalid(where: string, rule: string): PenumbraError {
  return new PenumbraError('CONFIG_INVALID', `${where} ${rule}`, where);
}
