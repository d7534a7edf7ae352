// What the protocols that write plain JSON have in common as codecs: calls known by their path, one member that holds the tensors, and
// everything beside it travelling as parameters. A protocol says how it writes both, and nothing else.
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import { PenumbraError } from '../../errors.ts';
import type { ModelAnswer, ModelRequest, RequestMessage } from '../../model.ts';
import { parseJson } from '../json.ts';
import type { Codec } from '../ports.ts';
import { type Layout, rewritten } from './json-fields.ts';
import { nameIn, parametersOf, pathOf, readObject, rowsOf, tensorsOf, withJson } from './json-message.ts';
import { coded, requireSuccess } from './malformed.ts';

/** A request taken apart. */
export interface Asked {
  /** Which member holds the tensors. */
  readonly member: string;
  readonly layout: Layout;
  /** What the request calls itself. */
  readonly id?: string | undefined;
  readonly others: Readonly<Record<string, unknown>>;
}

export interface JsonProtocol {
  readonly name: string;
  readonly summary: string;
  /** The path of a call; its first group, where there is one, is the model. */
  readonly path: RegExp;
  /** The same for people. */
  readonly pathText: string;
  /** `path` without its query. @throws Malformed */
  readonly readAsked: (document: Record<string, unknown>, path: string) => Asked;
  /** The parameters as members beside the tensors, with the id where the protocol has a place for it. */
  readonly membersOf?: (request: ModelRequest) => Readonly<Record<string, unknown>>;
  /** Of a 2xx answer. @throws Malformed */
  readonly readAnswer: (document: unknown) => Pick<ModelAnswer, 'outputs'> & Partial<ModelAnswer>;
}

const options = Type.Object({}, { additionalProperties: false });

export function jsonProtocol(protocol: JsonProtocol): Kind<typeof options, Codec> {
  const { name, summary, path, pathText, membersOf = ({ parameters = {} }) => parameters } = protocol;
  const read = (message: RequestMessage): Asked => protocol.readAsked(readObject(message), pathOf(message));
  const modelOf = (message: RequestMessage): string => {
    const found = path.exec(pathOf(message));
    if (found === null) throw new PenumbraError('REQUEST_UNDECODABLE', `an inference call requires a path ${pathText}`);
    return found[1] === undefined ? name : nameIn(found[1]);
  };
  const codec: Codec = {
    name,
    isInference: (message) => message.method === 'POST' && path.test(pathOf(message)),
    modelOf,
    decodeRequest: (message) =>
      coded('REQUEST_UNDECODABLE', () => {
        const { layout, id, others } = read(message);
        return { ...(id === undefined ? {} : { id }), inputs: tensorsOf(layout.fields), ...parametersOf(others) };
      }),
    decodeAnswer: (message) => {
      requireSuccess(message);
      return coded('ANSWER_UNDECODABLE', () => {
        const answer = protocol.readAnswer(parseJson(message.body));
        return { modelName: null, modelVersion: null, degraded: false, ...answer };
      });
    },
    encodeRequest: (request, original) =>
      coded('REQUEST_UNDECODABLE', () => {
        const { member, layout } = read(original);
        return withJson(original, { ...membersOf(request), [member]: rewritten(layout, request.inputs) });
      }),
    rowsOf,
  };
  return { name, summary, options, create: () => codec };
}
