// What the codecs of plain JSON share around their fields: one JSON object in, one out, with the headers that fit it.
import type { Headers, ModelRequest, RequestMessage, Tensor } from '../../model.ts';
import { parseJson, stringifyJson } from '../json.ts';
import type { Field } from './json-fields.ts';
import { tensorOf } from './json-fields.ts';
import { isRecord, Malformed } from './malformed.ts';

/** @throws Malformed, and PenumbraError JSON_INVALID */
export function readObject({ body }: { readonly body: Uint8Array }): Record<string, unknown> {
  const value = parseJson(body);
  if (!isRecord(value)) throw new Malformed('the message requires a JSON object');
  return value;
}

/** Members that are no tensors travel as parameters; none is no member. */
export function parametersOf(members: Record<string, unknown>): Pick<ModelRequest, 'parameters'> {
  return Object.keys(members).length === 0 ? {} : { parameters: members };
}

export function tensorsOf(fields: readonly Field[]): Tensor[] {
  return fields.map(tensorOf);
}

/** The original with another body. Whoever sends it states its length; how the old one was framed no longer holds. */
export function withJson(original: RequestMessage, document: unknown): RequestMessage {
  return { ...original, headers: jsonHeaders(original.headers), body: Buffer.from(stringifyJson(document)) };
}

function jsonHeaders(headers: Headers): Headers {
  const { 'content-length': _length, 'transfer-encoding': _framing, 'content-encoding': _encoding, ...kept } = headers;
  return { 'content-type': 'application/json', ...kept };
}

export function rowsOf({ inputs }: ModelRequest): number {
  return inputs.find((input) => input.shape.length > 0)?.shape[0] ?? 1;
}

/** The path without its query. */
export function pathOf({ path }: Pick<RequestMessage, 'path'>): string {
  const end = path.search(/[?#]/);
  return end < 0 ? path : path.slice(0, end);
}

/** A path's segment as its name; a broken escape stays as it is. */
export function nameIn(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
