// The codec of any service that takes one JSON object and answers one: the config says by JSON Pointers where the features and outputs
// stand. What no declared input points at is still part of the question, and travels as it came.
import { type Static, Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import type { AnswerMessage, ModelAnswer, ModelRequest, RequestMessage, Tensor } from '../../model.ts';
import { parseJson, stringifyJson } from '../json.ts';
import type { Codec } from '../ports.ts';
import { type Field, rewritten, tensorOf } from './json-fields.ts';
import { pathOf, readObject, rowsOf, withJson } from './json-message.ts';
import { coded, requireSuccess } from './malformed.ts';
import { readAt, tokensOf, writeAt } from './pointer-edit.ts';

const name = 'json';
const pointer = (description: string) => Type.Union([Type.String(), Type.Null()], { default: null, description });
const options = Type.Object(
  {
    calls: Type.Array(Type.String(), {
      default: ['POST /**'],
      description: 'Methods and paths that are inference calls; * stands for one segment, ** for anything',
    }),
    model: Type.String({ default: name, description: 'The name of the model' }),
    version: pointer('Where an answer states the version of the model'),
    id: pointer('Where a request states its id'),
    inputs: Type.Array(Type.Object({ at: Type.String(), type: Type.String() }), {
      default: [],
      description: 'Where the features stand in a request, and what they are',
    }),
    outputs: Type.Array(Type.String(), { default: [], description: 'Where the outputs stand in an answer' }),
  },
  { additionalProperties: false },
);

/** The part of the request that no declared input points at. */
export const restName = '(rest)';

export const json: Kind<typeof options, Codec> = {
  name,
  summary:
    'Any JSON API: inputs and outputs are JSON Pointers such as /features/dep_delay; /rows/*/dep_delay in every row',
  options,
  create: createJsonCodec,
};

interface Place {
  readonly pointer: string;
  readonly type: string;
}

type Settings = Partial<Static<typeof options>>;

function createJsonCodec({
  calls = ['POST /**'],
  model = name,
  version = null,
  id = null,
  inputs = [],
  outputs = [],
}: Settings): Codec {
  const patterns = calls.map(patternOf);
  const places = inputs.map(({ at, type }): Place => ({ pointer: at, type }));

  function decodeRequest(message: RequestMessage): ModelRequest {
    return coded('REQUEST_UNDECODABLE', () => {
      const document = readObject(message);
      const given = id === null ? undefined : readAt(document, tokensOf(id));
      const tensors = fieldsOf(document, places).map((field) => typed(tensorOf(field), places));
      return { ...idOf(given), inputs: [...tensors, ...restOf(document, { places, id })] };
    });
  }

  function encodeRequest(request: ModelRequest, original: RequestMessage): RequestMessage {
    return coded('REQUEST_UNDECODABLE', () => {
      const document = readObject(original);
      const layout = {
        fields: fieldsOf(document, places),
        rebuild: (fields: readonly Field[]) => put(document, { fields, places }),
      };
      const made = rewritten(
        layout,
        request.inputs.filter((tensor) => tensor.name !== restName),
      );
      const isNamed = id === null || request.id === undefined;
      return withJson(original, isNamed ? made : writeAt(made, { tokens: tokensOf(id), value: request.id }));
    });
  }

  function decodeAnswer(message: AnswerMessage): ModelAnswer {
    requireSuccess(message);
    return coded('ANSWER_UNDECODABLE', () => {
      const document = parseJson(message.body);
      const stated = version === null ? null : readAt(document, tokensOf(version));
      const isStated = typeof stated === 'string' || typeof stated === 'number' || typeof stated === 'bigint';
      const found = fieldsOf(
        document,
        outputs.map((at) => ({ pointer: at, type: '' })),
      );
      return {
        modelName: null,
        modelVersion: isStated ? String(stated) : null,
        degraded: false,
        outputs: found.map(tensorOf),
      };
    });
  }

  return {
    name,
    isInference: (message) => patterns.some((pattern) => pattern.test(`${message.method} ${pathOf(message)}`)),
    modelOf: () => model,
    decodeRequest,
    decodeAnswer,
    encodeRequest,
    rowsOf,
  };
}

/** `POST /score/*` as a pattern over method and path. */
function patternOf(call: string): RegExp {
  const escaped = call.trim().replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\s+/, ' ').replace(/\*\*|\*/g, (star) => (star === '*' ? '[^/]*' : '.*'))}$`);
}

/** A place without `*` is one row: a number becomes a column, a list a vector. */
function fieldsOf(document: unknown, places: readonly Place[]): Field[] {
  return places.flatMap(({ pointer: at }) => {
    const tokens = tokensOf(at);
    const value = readAt(document, tokens);
    return value === undefined ? [] : [{ name: at, value: tokens.includes('*') ? value : [value] }];
  });
}

/** Places whose tensor is gone are removed. */
function put(document: unknown, { fields, places }: { fields: readonly Field[]; places: readonly Place[] }): unknown {
  return places.reduce((made, { pointer: at }) => {
    const tokens = tokensOf(at);
    const field = fields.find((one) => one.name === at);
    const rows = field?.value;
    return writeAt(made, { tokens, value: tokens.includes('*') || !Array.isArray(rows) ? rows : rows[0] });
  }, document);
}

/** A whole number that was declared as one is changed as one. */
function typed(tensor: Tensor, places: readonly Place[]): Tensor {
  const isDeclared = places.some(({ pointer: at, type }) => at === tensor.name && type === 'integer');
  const isWhole = tensor.datatype === 'FP64' && tensor.data.every((value) => Number.isSafeInteger(value));
  return isDeclared && isWhole ? { ...tensor, datatype: 'INT64' } : tensor;
}

function restOf(document: unknown, { places, id }: { places: readonly Place[]; id: string | null }): Tensor[] {
  const known = [...places.map((place) => place.pointer), ...(id === null ? [] : [id])];
  const rest = known.reduce((made, at) => writeAt(made, { tokens: tokensOf(at), value: undefined }), document);
  if (!holdsAnything(rest)) return [];
  return [{ name: restName, datatype: 'BYTES', shape: [1], data: [stringifyJson(rest)] }];
}

function holdsAnything(value: unknown): boolean {
  if (typeof value !== 'object') return value !== undefined;
  return value !== null && Object.values(value).some(holdsAnything);
}

function idOf(given: unknown): Pick<ModelRequest, 'id'> {
  const isGiven = (typeof given === 'string' && given !== '') || typeof given === 'number' || typeof given === 'bigint';
  return isGiven ? { id: String(given) } : {};
}
