// The codec of Seldon Core 1's prediction API: POST /api/v1.0/predictions, also behind /seldon/{namespace}/{deployment}.
// Source of the format: Seldon Core 1 documentation, "Prediction API" and its OpenAPI description (SeldonMessage). Data with a name for
// every column is a tensor per column; without names it is one tensor called `data`.
import type { ModelRequest } from '../../model.ts';
import { tensorsOf } from './json-message.ts';
import { type Asked, jsonProtocol } from './json-protocol.ts';
import { isRecord, Malformed } from './malformed.ts';
import { answerFields, readPayload } from './seldon-v1/payload.ts';

export const seldonV1 = jsonProtocol({
  name: 'seldon-v1',
  summary:
    'Seldon Core 1: POST /api/v1.0/predictions with data (ndarray, tensor), jsonData or strData; nameless columns are data',
  path: /^(?:.*\/seldon\/[^/]+\/([^/]+)|.*)\/api\/v(?:0\.1|1\.0)\/predictions$/,
  pathText: '/api/v1.0/predictions',
  readAsked,
  membersOf,
  // A graph of one component says in `meta.requestPath` which image answered: that is its version.
  readAnswer: (document) => {
    if (!isRecord(document)) throw new Malformed('the message requires a JSON object');
    const { status, meta } = document;
    if (isRecord(status) && status.status === 'FAILURE')
      throw new Malformed(`the server answered a failure: ${String(status.info ?? status.reason ?? '').slice(0, 200)}`);
    const path = isRecord(meta) && isRecord(meta.requestPath) ? Object.entries(meta.requestPath) : [];
    const [modelName, version] = path.length === 1 && path[0] !== undefined ? path[0] : [null, null];
    const modelVersion = typeof version === 'string' && version !== '' ? version : null;
    return { modelName, modelVersion, outputs: tensorsOf(answerFields(document)) };
  },
});

/** Its id is `meta.puid`; the rest of `meta` is one of the others. */
function readAsked(document: Record<string, unknown>): Asked {
  const { member, layout } = readPayload(document);
  const { [member]: _payload, meta, ...others } = document;
  if (meta === undefined) return { member, layout, others };
  if (!isRecord(meta)) throw new Malformed('the message requires meta to be a map');
  const { puid, ...rest } = meta;
  if (typeof puid !== 'string' || puid === '') return { member, layout, others: { ...others, meta } };
  return { member, layout, id: puid, others: Object.keys(rest).length === 0 ? others : { ...others, meta: rest } };
}

function membersOf({ id, parameters = {} }: ModelRequest): Record<string, unknown> {
  const rest = isRecord(parameters.meta) ? parameters.meta : undefined;
  return { ...parameters, meta: id === undefined ? rest : { ...rest, puid: id } };
}
