// The codec of MLflow's scoring server: POST /invocations with a pandas table (dataframe_split, dataframe_records) or tensors
// (instances, inputs). Source of the format: MLflow documentation, "Deploy MLflow Model as a Local Inference Server". A nameless input is
// called `inputs` here and a nameless output `predictions`.
import type { Layout } from './json-fields.ts';
import { columnsLayout, recordsLayout, rowsLayout, type Table, tableLayout } from './json-layouts.ts';
import { tensorsOf } from './json-message.ts';
import { type Asked, jsonProtocol } from './json-protocol.ts';
import { isRecord, Malformed } from './malformed.ts';

const nameless = { input: 'inputs', output: 'predictions' } as const;

export const mlflow = jsonProtocol({
  name: 'mlflow',
  summary:
    'MLflow scoring: POST /invocations with dataframe_split, dataframe_records, instances or inputs; nameless ones are inputs and predictions',
  // Hosted servers put the model's name in front.
  path: /^(?:.*\/(?:serving-endpoints|model|endpoints)\/([^/]+)(?:\/[^/]+)?|.*)\/invocations$/,
  pathText: '/invocations',
  readAsked,
  // `{predictions: …}` holds a list, a table of rows with names, or a map of columns; older servers answer the list alone.
  readAnswer: (document) => {
    const predictions = isRecord(document) ? document.predictions : Array.isArray(document) ? document : undefined;
    if (predictions === undefined) throw new Malformed('the message requires predictions');
    const layout = Array.isArray(predictions)
      ? rowsLayout(predictions, { member: 'predictions', name: nameless.output })
      : columnsLayout(predictions, { name: nameless.output });
    return { outputs: tensorsOf(layout.fields) };
  },
});

const members = ['dataframe_split', 'dataframe_records', 'instances', 'inputs'] as const;
type Member = (typeof members)[number];

const layouts: Readonly<Record<Member, (value: unknown) => Layout>> = {
  dataframe_split: splitLayout,
  dataframe_records: (value) => {
    if (!Array.isArray(value) || !value.every(isRecord))
      throw new Malformed('the message requires dataframe_records to be a list of maps');
    return recordsLayout(value);
  },
  instances: (value) => rowsLayout(value, { member: 'instances', name: nameless.input }),
  inputs: (value) => columnsLayout(value, { name: nameless.input }),
};

function readAsked(document: Record<string, unknown>): Asked {
  const [member, ...more] = members.filter((one) => Object.hasOwn(document, one));
  if (member === undefined || more.length > 0)
    throw new Malformed(`the message requires exactly one of ${members.join(', ')}`);
  const { [member]: value, ...others } = document;
  return { member, layout: layouts[member](value), others };
}

/** Without `columns` they are numbered from 0, as pandas does. */
function splitLayout(value: unknown): Layout {
  if (!isRecord(value)) throw new Malformed('the message requires dataframe_split to be a map with columns and data');
  const { columns, data } = value;
  if (columns !== undefined && !Array.isArray(columns))
    throw new Malformed('the message requires columns to be a list');
  const [first] = Array.isArray(data) ? (data as unknown[]) : [];
  const written = columns ?? (Array.isArray(first) ? first.map((_, index) => index) : []);
  const spelt = new Map((written as unknown[]).map((column) => [String(column), column]));
  const table = tableLayout((written as unknown[]).map(String), data);
  return {
    fields: table.fields,
    rebuild: (fields) => {
      const { names, rows }: Table = table.rebuild(fields);
      const header = columns === undefined ? {} : { columns: names.map((column) => spelt.get(column) ?? column) };
      return { ...value, ...header, data: rows };
    },
  };
}
