// The codec of the Open Inference Protocol v2 over REST, as KServe, Triton, Seldon and others speak it: tensors as JSON, as bytes
// behind it, or both in one message. Specification: "Open Inference Protocol", inference REST API, version 2, with its binary tensor
// data extension.
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import { PenumbraError } from '../../errors.ts';
import type { AnswerMessage, Headers, ModelRequest, RequestMessage } from '../../model.ts';
import type { Codec } from '../ports.ts';
import { requireSuccess } from './malformed.ts';
import { jsonLengthHeader, readAnswer, readRequest, writeRequest } from './open-inference-v2/messages.ts';
import { readInferPath } from './open-inference-v2/paths.ts';

const name = 'open-inference-v2';
const options = Type.Object({}, { additionalProperties: false });

export const openInferenceV2: Kind<typeof options, Codec> = {
  name,
  summary:
    'Open Inference Protocol v2 (KServe, Triton, Seldon, MLServer): POST /v2/models/{model}/infer with JSON or binary tensors',
  options,
  create: () => ({
    name,
    isInference: (message) => message.method === 'POST' && readInferPath(message.path) !== null,
    modelOf,
    decodeRequest: readRequest,
    decodeAnswer,
    encodeRequest,
    rowsOf,
  }),
};

function modelOf(message: RequestMessage): string {
  const found = readInferPath(message.path);
  if (!found)
    throw new PenumbraError('REQUEST_UNDECODABLE', 'an inference call requires a path /v2/models/{model}/infer');
  return found.model;
}

function decodeAnswer(message: AnswerMessage) {
  requireSuccess(message);
  return readAnswer(message);
}

function encodeRequest(request: ModelRequest, original: RequestMessage): RequestMessage {
  const { body, jsonBytes } = writeRequest(request, original);
  return { ...original, headers: headersFor(original.headers, jsonBytes), body };
}

/** Whoever sends the new body states its length; how the old one was framed no longer holds. */
function headersFor(headers: Headers, jsonBytes: number | null): Headers {
  const { 'content-length': _length, 'transfer-encoding': _framing, 'content-encoding': _encoding, ...kept } = headers;
  const { [jsonLengthHeader]: wasBinary, ...others } = kept;
  if (jsonBytes !== null)
    return { 'content-type': 'application/octet-stream', ...others, [jsonLengthHeader]: String(jsonBytes) };
  return { 'content-type': 'application/json', ...others, ...(wasBinary && { 'content-type': 'application/json' }) };
}

function rowsOf(request: ModelRequest): number {
  return request.inputs.find((input) => input.shape.length > 0)?.shape[0] ?? 1;
}
