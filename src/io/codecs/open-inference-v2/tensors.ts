// Tensors between their JSON form (flat or nested `data`) and the flat, row-major form of model.ts.
// Complaints name the tensor, what was found and what is allowed; the caller turns them into coded errors.
import type { Datatype, Tensor, TensorValue } from '../../../model.ts';
import { isRecord, Malformed } from '../malformed.ts';
import { type BinaryTail, takeBinary } from './binary.ts';
import { datatypes, isDatatype, ruleOf } from './datatypes.ts';

/** @throws Malformed */
export function readTensors(
  list: unknown,
  { member, tail }: { member: 'inputs' | 'outputs'; tail: BinaryTail | null },
): Tensor[] {
  if (!Array.isArray(list)) throw new Malformed(`the message requires a list "${member}"`);
  const seen = list.length > 1 ? new Set<string>() : null;
  const tensors = list.map((item: unknown, position) => {
    const tensor = readTensor(item, { place: `${member}[${position}]`, tail });
    if (seen?.has(tensor.name)) throw new Malformed(`tensor names require to be unique, "${tensor.name}" stands twice`);
    seen?.add(tensor.name);
    return tensor;
  });
  if (tail !== null && tail.at !== tail.bytes.length)
    throw new Malformed(`the message requires ${tail.at} bytes behind its JSON, not ${tail.bytes.length}`);
  return tensors;
}

function readTensor(item: unknown, { place, tail }: { place: string; tail: BinaryTail | null }): Tensor {
  if (!isRecord(item)) throw new Malformed(`${place} requires an object with name, shape, datatype and data`);
  const { name, datatype, shape, data } = item;
  // KServe writes parameters that it does not use as null.
  const parameters = item.parameters ?? undefined;
  if (typeof name !== 'string' || name === '') throw new Malformed(`${place} requires a name`);
  if (!isDatatype(datatype)) {
    throw new Malformed(`tensor "${name}" requires a datatype of ${datatypes.join(', ')}, not ${describe(datatype)}`);
  }
  if (parameters !== undefined && !isRecord(parameters))
    throw new Malformed(`tensor "${name}" requires parameters to be an object`);
  const length = parameters?.binary_data_size;
  const head = { name, datatype, shape: readShape(name, shape) };
  const values = length === undefined ? readData(data, head) : readBinary(data, { head, length, tail });
  const kept = length === undefined ? parameters : withoutLength(parameters);
  const tensor = { name, datatype, shape: head.shape, data: values };
  return kept === undefined ? tensor : { ...tensor, parameters: kept };
}

/** How long the bytes are is a matter of framing, not of what the tensor means. */
function withoutLength(parameters: Record<string, unknown> = {}): Record<string, unknown> | undefined {
  const { binary_data_size: _, ...others } = parameters;
  return Object.keys(others).length === 0 ? undefined : others;
}

interface Head {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

function readBinary(
  data: unknown,
  { head, length, tail }: { head: Head; length: unknown; tail: BinaryTail | null },
): TensorValue[] {
  const { name, datatype, shape } = head;
  if (tail === null)
    throw new Malformed(
      `tensor "${name}" has binary_data_size, which requires the header inference-header-content-length`,
    );
  if (data !== undefined && data !== null)
    throw new Malformed(`tensor "${name}" requires data or binary_data_size, not both`);
  return takeBinary(tail, { name, datatype, length, expected: lengthOf(shape) });
}

function lengthOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function readShape(name: string, shape: unknown): number[] {
  if (!Array.isArray(shape)) throw new Malformed(`tensor "${name}" requires a shape, a list of lengths`);
  for (const length of shape as unknown[]) {
    if (!Number.isSafeInteger(length) || (length as number) < 0) {
      throw new Malformed(`tensor "${name}" requires lengths of 0 or more in its shape, not ${describe(length)}`);
    }
  }
  return shape as number[];
}

function readData(data: unknown, { name, datatype, shape }: Head): TensorValue[] {
  if (!Array.isArray(data)) throw new Malformed(`tensor "${name}" requires data, a list`);
  const flat: unknown[] = Array.isArray(data[0]) ? flatten(data, name, shape) : data;
  const expected = lengthOf(shape);
  if (flat.length !== expected) {
    throw new Malformed(
      `tensor "${name}" requires ${expected} values for its shape [${shape.join(', ')}], not ${flat.length}`,
    );
  }
  const rule = ruleOf(datatype);
  // In place: the list was made for this message, nearly all of it is kept as it is, and it is most of what a message holds.
  for (let position = 0; position < expected; position++) {
    const value = flat[position];
    const kept = rule.accept(value);
    if (kept === undefined)
      throw new Malformed(
        `tensor "${name}" of ${datatype} requires ${rule.allowed}, not ${describe(value)} at ${position}`,
      );
    if (kept !== value) flat[position] = kept;
  }
  return flat as TensorValue[];
}

function flatten(data: readonly unknown[], name: string, shape: readonly number[]): unknown[] {
  const flat: unknown[] = [];
  const visit = (items: readonly unknown[], level: number): void => {
    if (items.length !== shape[level]) {
      throw new Malformed(
        `tensor "${name}" requires lists of ${shape[level] ?? 'no'} items at level ${level + 1} for its shape [${shape.join(', ')}], not ${items.length}`,
      );
    }
    for (const item of items) {
      if (level + 1 === shape.length) flat.push(item);
      else if (Array.isArray(item)) visit(item, level + 1);
      else throw new Malformed(`tensor "${name}" requires data nested ${shape.length} levels deep or flat, not mixed`);
    }
  };
  visit(data, 0);
  return flat;
}

/** Flat data back in nested lists. Rank 0 and 1 are the same either way. */
export function nest(data: readonly TensorValue[], shape: readonly number[]): unknown {
  const [length = data.length, ...rest] = shape;
  if (rest.length === 0) return data;
  const step = data.length / Math.max(length, 1);
  return Array.from({ length }, (_, row) => nest(data.slice(row * step, (row + 1) * step), rest));
}

/** The JSON form of a tensor, flat unless asked otherwise. */
export function writeTensor(tensor: Tensor, options: { nested?: boolean } = {}): Record<string, unknown> {
  const { name, shape, datatype, parameters, data } = tensor;
  return { name, shape, datatype, parameters, data: options.nested ? nest(data, shape) : data };
}

/** A short, harmless picture of an unexpected value. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
