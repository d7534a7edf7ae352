// The codec of TensorFlow Serving's REST predict API, which KServe's v1 protocol follows: rows in `instances`, or columns in `inputs`.
// Source of the format: TensorFlow Serving, "RESTful API", Predict API. A nameless input is called `instances` here and a nameless
// output `predictions`, in both formats.
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import { PenumbraError } from '../../errors.ts';
import type { AnswerMessage, ModelAnswer, ModelRequest, RequestMessage } from '../../model.ts';
import type { Codec } from '../ports.ts';
import { type Layout, rewritten } from './json-fields.ts';
import { columnsLayout, rowsLayout } from './json-layouts.ts';
import { nameIn, parametersOf, pathOf, readObject, rowsOf, tensorsOf, withJson } from './json-message.ts';
import { coded, Malformed, requireSuccess } from './malformed.ts';

const name = 'tensorflow-serving';
const options = Type.Object({}, { additionalProperties: false });
const predictForm = /\/v1\/models\/([^/:]+)(?:\/(?:versions|labels)\/[^/:]+)?:predict$/;
const nameless = { input: 'instances', output: 'predictions' } as const;

export const tensorflowServing: Kind<typeof options, Codec> = {
  name,
  summary:
    'TensorFlow Serving and KServe v1: POST /v1/models/{model}:predict with instances or inputs; nameless ones are instances and predictions',
  options,
  create: () => ({
    name,
    isInference: (message) => message.method === 'POST' && predictForm.test(pathOf(message)),
    modelOf,
    decodeRequest,
    decodeAnswer,
    encodeRequest,
    rowsOf,
  }),
};

function modelOf(message: RequestMessage): string {
  const found = predictForm.exec(pathOf(message))?.[1];
  if (found === undefined)
    throw new PenumbraError('REQUEST_UNDECODABLE', 'an inference call requires a path /v1/models/{model}:predict');
  return nameIn(found);
}

interface Asked {
  readonly member: 'instances' | 'inputs';
  readonly layout: Layout;
  readonly others: Record<string, unknown>;
}

function readAsked(message: RequestMessage): Asked {
  const { instances, inputs, ...others } = readObject(message);
  if ((instances === undefined) === (inputs === undefined))
    throw new Malformed('the message requires either instances or inputs');
  if (inputs === undefined)
    return {
      member: 'instances',
      layout: rowsLayout(instances, { member: 'instances', name: nameless.input }),
      others,
    };
  return { member: 'inputs', layout: columnsLayout(inputs, { name: nameless.input }), others };
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

/** Its answers name neither model nor version. */
function decodeAnswer(message: AnswerMessage): ModelAnswer {
  requireSuccess(message);
  return coded('ANSWER_UNDECODABLE', () => {
    const { predictions, outputs, error } = readObject(message);
    if (error !== undefined) throw new Malformed(`the server answered an error: ${String(error).slice(0, 200)}`);
    if (predictions === undefined && outputs === undefined)
      throw new Malformed('the message requires predictions or outputs');
    const layout =
      predictions === undefined
        ? columnsLayout(outputs, { name: nameless.output })
        : rowsLayout(predictions, { member: 'predictions', name: nameless.output });
    return { modelName: null, modelVersion: null, degraded: false, outputs: tensorsOf(layout.fields) };
  });
}
