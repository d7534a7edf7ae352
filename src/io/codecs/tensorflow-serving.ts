// The codec of TensorFlow Serving's REST API, whose predict calls KServe's v1 protocol follows: rows in `instances`, or columns in
// `inputs`; classify and regress calls have rows of named features in `examples`. Source of the format: TensorFlow Serving, "RESTful API".
// A nameless input is called `instances` here and a nameless output `predictions`, in all formats.
import type { Tensor } from '../../model.ts';
import { columnsLayout, rowsLayout } from './json-layouts.ts';
import { tensorsOf } from './json-message.ts';
import { type Asked, jsonProtocol } from './json-protocol.ts';
import { isRecord, Malformed } from './malformed.ts';

const nameless = { input: 'instances', output: 'predictions' } as const;

export const tensorflowServing = jsonProtocol({
  name: 'tensorflow-serving',
  summary:
    'TensorFlow Serving and KServe v1: POST /v1/models/{model}:predict with instances or inputs; nameless ones are instances and predictions; also :classify (outputs classes, scores, label) and :regress',
  path: /\/v1\/models\/([^/:]+)(?:\/(?:versions|labels)\/[^/:]+)?:(?:predict|classify|regress)$/,
  pathText: '/v1/models/{model}:predict, :classify or :regress',
  readAsked: (document, path) => (path.endsWith(':predict') ? readPredict(document) : readExamples(document)),
  // Its answers name neither model nor version.
  readAnswer: (document) => {
    if (!isRecord(document)) throw new Malformed('the message requires a JSON object');
    const { predictions, outputs, error, result, results } = document;
    if (error !== undefined) throw new Malformed(`the server answered an error: ${String(error).slice(0, 200)}`);
    if (predictions !== undefined) return { outputs: rowsIn(predictions, 'predictions') };
    if (outputs !== undefined) return { outputs: tensorsOf(columnsLayout(outputs, { name: nameless.output }).fields) };
    // The description says `result`, its example of a regression `results`.
    const found = result ?? results;
    if (found === undefined) throw new Malformed('the message requires predictions, outputs or result');
    return { outputs: isClassified(found) ? classesIn(found) : rowsIn(found, 'result') };
  },
});

function readPredict({ instances, inputs, ...others }: Record<string, unknown>): Asked {
  if ((instances === undefined) === (inputs === undefined))
    throw new Malformed('the message requires either instances or inputs');
  if (inputs !== undefined)
    return { member: 'inputs', layout: columnsLayout(inputs, { name: nameless.input }), others };
  return {
    member: 'instances',
    layout: rowsLayout(instances, { member: 'instances', name: nameless.input }),
    others,
  };
}

/** The `context` that all examples share travels with the others. */
function readExamples({ examples, ...others }: Record<string, unknown>): Asked {
  return { member: 'examples', layout: rowsLayout(examples, { member: 'examples', name: nameless.input }), others };
}

function rowsIn(list: unknown, member: string): Tensor[] {
  return tensorsOf(rowsLayout(list, { member, name: nameless.output }).fields);
}

type Scored = readonly (readonly [label: string, score: number])[];

/** Rows of pairs, a label and its score. */
function isClassified(result: unknown): result is readonly Scored[] {
  const isPair = (one: unknown): boolean =>
    Array.isArray(one) && one.length === 2 && typeof one[0] === 'string' && typeof one[1] === 'number';
  return Array.isArray(result) && result.length > 0 && result.every((row) => Array.isArray(row) && row.every(isPair));
}

/** Rows may name their classes in another order each, so the winner is an output of its own. */
function classesIn(rows: readonly Scored[]): Tensor[] {
  const winners = rows.map((row) => row.reduce((best, one) => (one[1] > best[1] ? one : best), row[0] ?? ['', 0])[0]);
  const fields = [
    { name: 'classes', value: rows.map((row) => row.map(([label]) => label)) },
    { name: 'scores', value: rows.map((row) => row.map(([, score]) => score)) },
    { name: 'label', value: winners },
  ];
  return tensorsOf(fields);
}
