// The ways in which JSON protocols lay rows and columns out: a single nameless tensor, a list of rows with names, a map of columns,
// and a table with its header apart.
import type { Field, Layout } from './json-fields.ts';
import { isBytesObject } from './json-fields.ts';
import { isRecord, Malformed } from './malformed.ts';

/** One nameless part, called `name` here. */
export function whole(name: string, value: unknown): Layout {
  return {
    fields: [{ name, value }],
    rebuild: ([field]) => (field === undefined ? [] : field.value),
  };
}

/** A list of rows: maps with the same or similar keys, or else values of one nameless part. @throws Malformed */
export function rowsLayout(list: unknown, { member, name }: { member: string; name: string }): Layout {
  if (!Array.isArray(list)) throw new Malformed(`the message requires ${member} to be a list`);
  return list.length > 0 && list.every(isNamed) ? recordsLayout(list) : whole(name, list);
}

/** A map of columns, or one nameless part. */
export function columnsLayout(value: unknown, { name }: { name: string }): Layout {
  if (!isNamed(value)) return whole(name, value);
  return {
    fields: Object.entries(value).map(([key, column]) => ({ name: key, value: column })),
    rebuild: (fields) => Object.fromEntries(fields.map((field) => [field.name, field.value])),
  };
}

export function recordsLayout(rows: readonly Record<string, unknown>[]): Layout {
  const keys = new Set(rows.flatMap((row) => Object.keys(row)));
  return {
    fields: [...keys].map((key) => ({
      name: key,
      value: rows.map((row) => (Object.hasOwn(row, key) ? row[key] : undefined)),
    })),
    rebuild: (fields) =>
      rowsIn(fields, rows.length).map((row) =>
        Object.fromEntries(row.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]]))),
      ),
  };
}

/** A header of names over rows of cells; the header is kept in step when a column goes. @throws Malformed */
export function tableLayout(names: readonly string[], rows: unknown): TableLayout {
  if (!Array.isArray(rows)) throw new Malformed('the message requires data to be a list of rows');
  if (new Set(names).size < names.length) throw new Malformed('the message requires every column name once');
  for (const row of rows as unknown[]) {
    if (!Array.isArray(row) || row.length !== names.length)
      throw new Malformed(`the message requires rows of ${names.length} values, as many as it names columns`);
  }
  const table = rows as readonly (readonly unknown[])[];
  return {
    fields: names.map((name, column) => ({ name, value: table.map((row) => row[column]) })),
    rebuild: (fields) => ({
      names: fields.map(({ name }) => name),
      rows: rowsIn(fields, table.length).map((row) => row.map(({ value }) => value ?? null)),
    }),
  };
}

export interface TableLayout {
  readonly fields: readonly Field[];
  rebuild(fields: readonly Field[]): Table;
}

export interface Table {
  readonly names: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

function isNamed(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && !isBytesObject(value);
}

/** Fields turned over: one list of cells per row. */
function rowsIn(fields: readonly Field[], rows: number): Field[][] {
  const lists = fields.map(({ name, value }) => ({
    name,
    values: Array.isArray(value) ? (value as unknown[]) : [value],
  }));
  const length = lists.length === 0 ? rows : Math.max(...lists.map(({ values }) => values.length));
  return Array.from({ length }, (_, row) => lists.map(({ name, values }) => ({ name, value: values[row] })));
}
