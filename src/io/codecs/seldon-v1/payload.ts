// What a SeldonMessage carries: exactly one of data, jsonData, strData and binData, taken apart into fields.
import { type Field, type Layout, nested, tensorOf } from '../json-fields.ts';
import { columnsLayout, tableLayout, whole } from '../json-layouts.ts';
import { isRecord, Malformed } from '../malformed.ts';

const members = ['data', 'jsonData', 'strData', 'binData'] as const;

export interface Payload {
  readonly member: (typeof members)[number];
  readonly layout: Layout;
}

/** @throws Malformed */
export function readPayload(document: Record<string, unknown>): Payload {
  const [member, ...more] = members.filter((one) => document[one] !== undefined);
  if (member === undefined || more.length > 0)
    throw new Malformed(`the message requires exactly one of ${members.join(', ')}`);
  const value = document[member];
  if (member === 'data') return { member, layout: dataLayout(value) };
  return { member, layout: member === 'jsonData' ? columnsLayout(value, { name: member }) : whole(member, value) };
}

/** An answer's columns can be asked for by name, and all of them together as `data`. @throws Malformed */
export function answerFields(document: Record<string, unknown>): readonly Field[] {
  const { member, layout } = readPayload(document);
  if (member !== 'data') return layout.fields;
  const { value } = readTable(document.data);
  return [{ name: 'data', value }, ...layout.fields.filter(({ name }) => name !== 'data')];
}

interface DataTable {
  readonly data: Record<string, unknown>;
  readonly form: 'ndarray' | 'tensor';
  readonly value: unknown;
}

function readTable(data: unknown): DataTable {
  if (!isRecord(data)) throw new Malformed('the message requires data to be a map');
  if (data.ndarray !== undefined) return { data, form: 'ndarray', value: data.ndarray };
  if (data.tensor !== undefined) return { data, form: 'tensor', value: tableOf(data.tensor) };
  throw new Malformed('data requires ndarray or tensor; tftensor is not understood');
}

function dataLayout(written: unknown): Layout {
  const { data, form, value } = readTable(written);
  const put = (made: unknown): unknown => ({
    ...data,
    [form]: form === 'tensor' ? tensorWith(made, data.tensor) : made,
  });
  const names = namesFor(data.names, value);
  if (names === null) {
    const { fields, rebuild } = whole('data', value);
    return { fields, rebuild: (changed) => put(rebuild(changed)) };
  }
  const { fields, rebuild } = tableLayout(names, value);
  return {
    fields,
    rebuild: (changed) => {
      const table = rebuild(changed);
      return { ...(put(table.rows) as object), names: table.names };
    },
  };
}

/** Null unless there is one name for every column of every row. */
function namesFor(names: unknown, table: unknown): readonly string[] | null {
  const areNames = Array.isArray(names) && names.length > 0 && names.every((one) => typeof one === 'string');
  if (!areNames || new Set(names).size < names.length || !Array.isArray(table) || table.length === 0) return null;
  const fits = table.every((row) => Array.isArray(row) && row.length === names.length);
  return fits ? (names as string[]) : null;
}

/** `{shape, values}` as nested lists. */
function tableOf(tensor: unknown): unknown {
  if (!isRecord(tensor)) throw new Malformed('data.tensor requires a map with shape and values');
  const { shape = [], values = [] } = tensor;
  if (!Array.isArray(shape) || !shape.every((length) => Number.isSafeInteger(length) && length >= 0))
    throw new Malformed('data.tensor.shape requires lengths of 0 or more');
  const flat = tensorOf({ name: 'data', value: values });
  const expected = shape.reduce((product: number, length: number) => product * length, 1);
  if (flat.shape.length !== 1 || flat.data.length !== expected)
    throw new Malformed(`data.tensor requires ${expected} values for its shape [${shape.join(', ')}]`);
  return nested({ data: flat.data, shape });
}

function tensorWith(made: unknown, before: unknown): unknown {
  const { shape, data } = tensorOf({ name: 'data', value: made });
  return { ...(isRecord(before) ? before : {}), shape, values: data };
}
