// Protocols that write plain JSON say neither shape nor datatype. Both are read off the values here: lists become a shape, their leaves
// a datatype; and a changed tensor is written back, while whatever was not changed stays as it stood.
import type { Datatype, Tensor, TensorValue } from '../../model.ts';
import { parseJson, stringifyJson } from '../json.ts';
import { base64OfText, textOfBase64 } from './bytes-text.ts';
import { isRecord } from './malformed.ts';

/** A named part of a message; rows stand along the first level of its lists. A row without it holds `undefined`. */
export interface Field {
  readonly name: string;
  readonly value: unknown;
}

/** A message taken apart into fields, and put together again from changed ones. */
export interface Layout {
  readonly fields: readonly Field[];
  rebuild(fields: readonly Field[]): unknown;
}

/** Numbers are FP64, or INT64/UINT64 where one is a whole number beyond 2^53. Total. */
export function tensorOf({ name, value }: Field): Tensor {
  const shape = shapeOf(value);
  const leaves: TensorValue[] = [];
  if (!gather(value, { shape, level: 0, into: leaves })) return opaque(name, value);
  return { name, shape, ...typed(leaves) };
}

/** The new message: fields whose tensor is as it was keep their old value. */
export function rewritten({ fields, rebuild }: Layout, tensors: readonly Tensor[]): unknown {
  const before = new Map(fields.map((field) => [field.name, field]));
  return rebuild(
    tensors.map((tensor) => {
      const known = before.get(tensor.name);
      if (known === undefined) return { name: tensor.name, value: nested(tensor) };
      const old = tensorOf(known);
      return isSame(old, tensor) ? known : { name: tensor.name, value: changed(tensor, { old, known }) };
    }),
  );
}

/** A tensor's data in lists, and a single value of rank 0 as itself. */
export function nested({ data, shape }: Pick<Tensor, 'data' | 'shape'>): unknown {
  const values = data.map(written);
  const build = (start: number, level: number): unknown => {
    const length = shape[level];
    if (length === undefined) return values[start];
    const step = shape.slice(level + 1).reduce((product, axis) => product * axis, 1);
    return Array.from({ length }, (_, index) => build(start + index * step, level + 1));
  };
  return build(0, 0);
}

/** `{b64: TEXT}` is how these protocols write bytes. */
export function isBytesObject(value: unknown): value is { b64: string } {
  return isRecord(value) && typeof value.b64 === 'string' && Object.keys(value).length === 1;
}

function written(value: TensorValue): unknown {
  const base64 = typeof value === 'string' ? base64OfText(value) : null;
  return base64 === null ? value : { b64: base64 };
}

function shapeOf(value: unknown): number[] {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) shape.push(inner.length);
  return shape;
}

/** False when the lists are ragged or hold objects. */
function gather(
  value: unknown,
  { shape, level, into }: { shape: number[]; level: number; into: TensorValue[] },
): boolean {
  if (level < shape.length) {
    if (!Array.isArray(value) || value.length !== shape[level]) return false;
    return value.every((item) => gather(item, { shape, level: level + 1, into }));
  }
  const leaf = isBytesObject(value) ? textOfBase64(value.b64) : (value ?? null);
  if (typeof leaf === 'object' && leaf !== null) return false;
  into.push(leaf as TensorValue);
  return true;
}

/** What is no tensor is still part of the question: its JSON text, row by row. */
function opaque(name: string, value: unknown): Tensor {
  const rows: readonly unknown[] = Array.isArray(value) ? value : [value];
  return { name, datatype: 'BYTES', shape: [rows.length], data: rows.map((row) => stringifyJson(row ?? null)) };
}

function typed(leaves: TensorValue[]): { datatype: Datatype; data: TensorValue[] } {
  const types = new Set(leaves.filter((leaf) => leaf !== null).map((leaf) => typeof leaf));
  if (types.has('bigint') && types.size <= 2 && (types.size === 1 || types.has('number'))) return typedWhole(leaves);
  const [only] = types;
  if (types.size === 1 && only === 'boolean') return { datatype: 'BOOL', data: leaves };
  if (types.size === 0 || (types.size === 1 && only === 'number')) return { datatype: 'FP64', data: leaves };
  // Texts, or a mix: values keep their own type.
  return { datatype: 'BYTES', data: leaves };
}

function typedWhole(leaves: TensorValue[]): { datatype: Datatype; data: TensorValue[] } {
  const numbers = leaves.filter((leaf) => leaf !== null) as (number | bigint)[];
  const isWhole = numbers.every((value) => typeof value === 'bigint' || Number.isInteger(value));
  const isWithin = (low: bigint, high: bigint): boolean => numbers.every((value) => value >= low && value <= high);
  if (isWhole && isWithin(-(2n ** 63n), 2n ** 63n - 1n)) return { datatype: 'INT64', data: leaves };
  if (isWhole && isWithin(0n, 2n ** 64n - 1n)) return { datatype: 'UINT64', data: leaves };
  return { datatype: 'FP64', data: leaves.map((leaf) => (typeof leaf === 'bigint' ? Number(leaf) : leaf)) };
}

function isSame(one: Tensor, other: Tensor): boolean {
  return (
    one.data.length === other.data.length &&
    one.shape.join() === other.shape.join() &&
    one.data.every((value, index) => Object.is(value, other.data[index]))
  );
}

function changed(tensor: Tensor, { old, known }: { old: Tensor; known: Field }): unknown {
  const isOpaque = old.datatype === 'BYTES' && old.shape.length === 1 && holdsStructure(known.value);
  if (isOpaque) {
    const rows = tensor.data.map(structure);
    return Array.isArray(known.value) ? rows : rows[0];
  }
  const isMix = old.datatype === 'BYTES';
  const data = tensor.data.map((value, index) => (isMix ? alike(value, old.data[index]) : value));
  const value = nested({ ...tensor, data });
  if (!Array.isArray(value) || !Array.isArray(known.value)) return value;
  const rows = known.value as unknown[];
  return value.map((row: unknown, index) =>
    row === null && index < rows.length && rows[index] === undefined ? undefined : row,
  );
}

function holdsStructure(value: unknown): boolean {
  return (Array.isArray(value) ? value : [value]).some(
    (row) => typeof row === 'object' && row !== null && !isBytesObject(row),
  );
}

function structure(value: TensorValue): unknown {
  try {
    return typeof value === 'string' ? parseJson(value) : value;
  } catch {
    return value;
  }
}

/** In a mix of texts and numbers a number that was changed stays a number, although its tensor is one of text. */
function alike(value: TensorValue, before: TensorValue | undefined): TensorValue {
  if (typeof value !== 'string') return value;
  if (typeof before === 'number' && value.trim() !== '' && Number.isFinite(Number(value))) return Number(value);
  return value;
}
