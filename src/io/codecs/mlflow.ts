// The codec of MLflow's scoring server: POST /invocations with a pandas table (dataframe_split, dataframe_records) or tensors
// (instances, inputs). Source of the format: MLflow documentation, "Deploy MLflow Model as a Local Inference Server". A nameless input is
// called `inputs` here and a nameless output `predictions`.
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import { PenumbraError } from '../../errors.ts';
import type { AnswerMessage, ModelAnswer, ModelRequest, RequestMessage } from '../../model.ts';
import { parseJson } from '../json.ts';
import type { Codec } from '../ports.ts';
import { type Layout, rewritten } from './json-fields.ts';
import { columnsLayout, recordsLayout, rowsLayout, type Table, tableLayout } from './json-layouts.ts';
import { nameIn, parametersOf, pathOf, readObject, rowsOf, tensorsOf, withJson } from './json-message.ts';
import { coded, isRecord, Malformed, requireSuccess } from './malformed.ts';

const name = 'mlflow';
const options = Type.Object({}, { additionalProperties: false });
/** Hosted servers put the model's name in front. */
const invocationForm = /^(?:.*\/(?:serving-endpoints|model|endpoints)\/([^/]+)(?:\/[^/]+)?|.*)\/invocations$/;
const nameless = { input: 'inputs', output: 'predictions' } as const;

export const mlflow: Kind<typeof options, Codec> = {
  name,
  summary:
    'MLflow scoring: POST /invocations with dataframe_split, dataframe_records, instances or inputs; nameless ones are inputs and predictions',
  options,
  create: () => ({
    name,
    isInference: (message) => message.method === 'POST' && invocationForm.test(pathOf(message)),
    modelOf,
    decodeRequest,
    decodeAnswer,
    encodeRequest,
    rowsOf,
  }),
};

function modelOf(message: RequestMessage): string {
  const found = invocationForm.exec(pathOf(message));
  if (found === null) throw new PenumbraError('REQUEST_UNDECODABLE', 'an inference call requires a path /invocations');
  return found[1] === undefined ? name : nameIn(found[1]);
}

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

function readAsked(message: RequestMessage): { member: Member; layout: Layout; others: Record<string, unknown> } {
  const document = readObject(message);
  const [member, ...more] = members.filter((one) => Object.hasOwn(document, one));
  if (member === undefined || more.length > 0)
    throw new Malformed(`the message requires exactly one of ${members.join(', ')}`);
  const { [member]: value, ...others } = document;
  return { member, layout: layouts[member](value), others };
}

function decodeRequest(message: RequestMessage): ModelRequest {
  return coded('REQUEST_UNDECODABLE', () => {
    const { layout, others } = readAsked(message);
    return { inputs: tensorsOf(layout.fields), ...parametersOf(others) };
  });
}

function encodeRequest(request: ModelRequest, original: RequestMessage): RequestMessage {
  return coded('REQUEST_UNDECODABLE', () => {
    const { member, layout } = readAsked(original);
    return withJson(original, { ...request.parameters, [member]: rewritten(layout, request.inputs) });
  });
}

/** `{predictions: …}` holds a list, a table of rows with names, or a map of columns; older servers answer the list alone. */
function decodeAnswer(message: AnswerMessage): ModelAnswer {
  requireSuccess(message);
  return coded('ANSWER_UNDECODABLE', () => {
    const document = parseJson(message.body);
    const predictions = isRecord(document) ? document.predictions : Array.isArray(document) ? document : undefined;
    if (predictions === undefined) throw new Malformed('the message requires predictions');
    const layout = Array.isArray(predictions)
      ? rowsLayout(predictions, { member: 'predictions', name: nameless.output })
      : columnsLayout(predictions, { name: nameless.output });
    return { modelName: null, modelVersion: null, degraded: false, outputs: tensorsOf(layout.fields) };
  });
}
