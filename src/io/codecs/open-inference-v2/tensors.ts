// Tensors between their JSON form (flat or nested `data`) and the flat, row-major form of model.ts.
// Complaints name the tensor, what was found and what is allowed; the caller turns them into coded errors.
import type { Datatype, Tensor, TensorValue } from '../../../model.ts';
import { datatypes, isDatatype, ruleOf } from './datatypes.ts';
import { isRecord, Malformed } from './malformed.ts';

/** @throws Malformed */
export function readTensors(list: unknown, member: 'inputs' | 'outputs'): Tensor[] {
  if (!Array.isArray(list)) throw new Malformed(`the message requires a list "${member}"`);
  const seen = new Set<string>();
  return list.map((item: unknown, position) => {
    const tensor = readTensor(item, `${member}[${position}]`);
    if (seen.has(tensor.name)) throw new Malformed(`tensor names require to be unique, "${tensor.name}" stands twice`);
    seen.add(tensor.name);
    return tensor;
  });
}

function readTensor(item: unknown, place: string): Tensor {
  if (!isRecord(item)) throw new Malformed(`${place} requires an object with name, shape, datatype and data`);
  const { name, datatype, shape, data, parameters } = item;
  if (typeof name !== 'string' || name === '') throw new Malformed(`${place} requires a name`);
  if (!isDatatype(datatype)) {
    throw new Malformed(`tensor "${name}" requires a datatype of ${datatypes.join(', ')}, not ${describe(datatype)}`);
  }
  if (parameters !== undefined && !isRecord(parameters))
    throw new Malformed(`tensor "${name}" requires parameters to be an object`);
  if (parameters !== undefined && 'binary_data_size' in parameters)
    throw new Malformed('the binary tensor extension is not understood yet');
  const dimensions = readShape(name, shape);
  const values = readData(data, { name, datatype, shape: dimensions });
  return { name, datatype, shape: dimensions, data: values, ...(parameters === undefined ? {} : { parameters }) };
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

function readData(data: unknown, head: { name: string; datatype: Datatype; shape: readonly number[] }): TensorValue[] {
  const { name, datatype, shape } = head;
  if (!Array.isArray(data)) throw new Malformed(`tensor "${name}" requires data, a list`);
  const flat: readonly unknown[] = Array.isArray(data[0]) ? flatten(data, name, shape) : data;
  const expected = shape.reduce((product, length) => product * length, 1);
  if (flat.length !== expected) {
    throw new Malformed(
      `tensor "${name}" requires ${expected} values for its shape [${shape.join(', ')}], not ${flat.length}`,
    );
  }
  const rule = ruleOf(datatype);
  return flat.map((value, position) => {
    const kept = rule.accept(value);
    if (kept === undefined)
      throw new Malformed(
        `tensor "${name}" of ${datatype} requires ${rule.allowed}, not ${describe(value)} at ${position}`,
      );
    return kept;
  });
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
