// The codec of Seldon Core 1's prediction API: POST /api/v1.0/predictions, also behind /seldon/{namespace}/{deployment}.
// Source of the format: Seldon Core 1 documentation, "Prediction API" and its OpenAPI description (SeldonMessage). Data with a name for
// every column is a tensor per column; without names it is one tensor called `data`.
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import { PenumbraError } from '../../errors.ts';
import type { AnswerMessage, ModelAnswer, ModelRequest, RequestMessage } from '../../model.ts';
import type { Codec } from '../ports.ts';
import { rewritten } from './json-fields.ts';
import { nameIn, parametersOf, pathOf, readObject, rowsOf, tensorsOf, withJson } from './json-message.ts';
import { coded, isRecord, Malformed, requireSuccess } from './malformed.ts';
import { answerFields, type Payload, readPayload } from './seldon-v1/payload.ts';

const name = 'seldon-v1';
const options = Type.Object({}, { additionalProperties: false });
const predictForm = /^(?:.*\/seldon\/[^/]+\/([^/]+)|.*)\/api\/v(?:0\.1|1\.0)\/predictions$/;

export const seldonV1: Kind<typeof options, Codec> = {
  name,
  summary:
    'Seldon Core 1: POST /api/v1.0/predictions with data (ndarray, tensor), jsonData or strData; nameless columns are data',
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
  const found = predictForm.exec(pathOf(message));
  if (found === null)
    throw new PenumbraError('REQUEST_UNDECODABLE', 'an inference call requires a path /api/v1.0/predictions');
  return found[1] === undefined ? name : nameIn(found[1]);
}

interface Asked {
  readonly payload: Payload;
  readonly puid: string | undefined;
  /** Everything else, the rest of `meta` included. */
  readonly others: Record<string, unknown>;
}

function readAsked(message: RequestMessage): Asked {
  const document = readObject(message);
  const payload = readPayload(document);
  const { [payload.member]: _payload, meta, ...others } = document;
  if (meta === undefined) return { payload, puid: undefined, others };
  if (!isRecord(meta)) throw new Malformed('the message requires meta to be a map');
  const { puid, ...rest } = meta;
  if (typeof puid !== 'string' || puid === '') return { payload, puid: undefined, others: { ...others, meta } };
  return { payload, puid, others: Object.keys(rest).length === 0 ? others : { ...others, meta: rest } };
}

function decodeRequest(message: RequestMessage): ModelRequest {
  return coded('REQUEST_UNDECODABLE', () => {
    const { payload, puid, others } = readAsked(message);
    const id = puid === undefined ? {} : { id: puid };
    return { ...id, inputs: tensorsOf(payload.layout.fields), ...parametersOf(others) };
  });
}

function encodeRequest(request: ModelRequest, original: RequestMessage): RequestMessage {
  return coded('REQUEST_UNDECODABLE', () => {
    const { member, layout } = readAsked(original).payload;
    const { id, parameters = {}, inputs } = request;
    const rest = isRecord(parameters.meta) ? parameters.meta : undefined;
    const meta = id === undefined ? rest : { ...rest, puid: id };
    return withJson(original, { ...parameters, meta, [member]: rewritten(layout, inputs) });
  });
}

/** A graph of one component says in `meta.requestPath` which image answered: that is its version. */
function decodeAnswer(message: AnswerMessage): ModelAnswer {
  requireSuccess(message);
  return coded('ANSWER_UNDECODABLE', () => {
    const document = readObject(message);
    const { status, meta } = document;
    if (isRecord(status) && status.status === 'FAILURE')
      throw new Malformed(`the server answered a failure: ${String(status.info ?? status.reason ?? '').slice(0, 200)}`);
    const path = isRecord(meta) && isRecord(meta.requestPath) ? Object.entries(meta.requestPath) : [];
    const [modelName, version] = path.length === 1 && path[0] !== undefined ? path[0] : [null, null];
    const modelVersion = typeof version === 'string' && version !== '' ? version : null;
    return { modelName, modelVersion, degraded: false, outputs: tensorsOf(answerFields(document)) };
  });
}
