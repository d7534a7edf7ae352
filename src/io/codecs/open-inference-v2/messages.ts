// Whole Open Inference Protocol v2 messages between bytes and nouns, for the codec (both sides of a mirrored call)
// and for the pod (which reads requests and writes answers). Failures are PenumbraError *_UNDECODABLE.

import type { Headers, ModelAnswer, ModelRequest, Tensor } from '../../../model.ts';
import { parseJson, stringifyJson } from '../../json.ts';
import { coded, isRecord, Malformed } from '../malformed.ts';
import { type BinaryTail, binaryOf } from './binary.ts';
import { readTensors, writeTensor } from './tensors.ts';

/** How many bytes of the body are JSON; the tensors' bytes follow. */
export const jsonLengthHeader = 'inference-header-content-length';

export interface Body {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** @throws PenumbraError REQUEST_UNDECODABLE */
export function readRequest(message: Body): ModelRequest {
  return coded('REQUEST_UNDECODABLE', () => {
    const { members, tail } = readMembers(message);
    const { inputs } = members;
    const [id, parameters, outputs] = [
      unlessNull(members.id),
      unlessNull(members.parameters),
      unlessNull(members.outputs),
    ];
    if (id !== undefined && typeof id !== 'string') throw new Malformed('the message requires id to be a string');
    if (parameters !== undefined && !isRecord(parameters))
      throw new Malformed('the message requires parameters to be an object');
    if (outputs !== undefined && !isListOfNamed(outputs))
      throw new Malformed('the message requires outputs to be a list of objects with a name');
    return {
      ...(id === undefined ? {} : { id }),
      ...(parameters === undefined ? {} : { parameters }),
      inputs: readTensors(inputs, { member: 'inputs', tail }),
      ...(outputs === undefined ? {} : { outputs }),
    };
  });
}

/** `model_name` and `model_version` may be missing: real servers, and the specification's own examples, leave them out.
 * @throws PenumbraError ANSWER_UNDECODABLE */
export function readAnswer(message: Body): ModelAnswer {
  return coded('ANSWER_UNDECODABLE', () => {
    const { members, tail } = readMembers(message);
    const { model_name: name, model_version: version, parameters, outputs } = members;
    return {
      modelName: typeof name === 'string' ? name : null,
      modelVersion: typeof version === 'string' ? version : typeof version === 'number' ? String(version) : null,
      degraded: isRecord(parameters) && parameters.degraded === true,
      outputs: readTensors(outputs, { member: 'outputs', tail }),
    };
  });
}

/** KServe writes members that it does not use as null. */
function unlessNull(member: unknown): unknown {
  return member === null ? undefined : member;
}

export interface WrittenRequest {
  readonly body: Uint8Array;
  /** How long the JSON in front is, when tensors follow it as bytes. */
  readonly jsonBytes: number | null;
}

/**
 * The bytes of a request. What `original` held beyond the known members is kept, and also whether its data was nested, or bytes behind
 * the JSON. A tensor that has no binary form any more (a missing whole number) goes into the JSON.
 */
export function writeRequest(request: ModelRequest, original: Body): WrittenRequest {
  const before = membersOrNone(original);
  const inputsBefore = new Map<unknown, Record<string, unknown>>();
  for (const item of Array.isArray(before.inputs) ? (before.inputs as unknown[]) : []) {
    if (isRecord(item)) inputsBefore.set(item.name, item);
  }
  const tail: Buffer[] = [];
  const inputs = request.inputs.map((tensor) => {
    const known = inputsBefore.get(tensor.name);
    const binary = isBinary(known) ? binaryOf(tensor) : null;
    if (binary === null) return { ...known, ...writeTensor(tensor, { nested: isNested(known) }) };
    tail.push(binary);
    const parameters = { ...tensor.parameters, binary_data_size: binary.length };
    return { ...known, ...writeTensor(tensor), parameters, data: undefined };
  });
  const { id, parameters, outputs } = request;
  const json = Buffer.from(stringifyJson({ ...before, id, parameters, inputs, outputs }));
  if (tail.length === 0) return { body: json, jsonBytes: null };
  return { body: Buffer.concat([json, ...tail]), jsonBytes: json.length };
}

function isNested(input: Record<string, unknown> | undefined): boolean {
  return Array.isArray(input?.data) && Array.isArray(input.data[0]);
}

function isBinary(input: Record<string, unknown> | undefined): boolean {
  return isRecord(input?.parameters) && input.parameters.binary_data_size !== undefined;
}

export interface AnswerToWrite {
  readonly modelName: string;
  readonly modelVersion: string;
  readonly id?: string | undefined;
  readonly parameters?: Readonly<Record<string, unknown>> | undefined;
  readonly outputs: readonly Tensor[];
}

/** The JSON text of an answer. */
export function writeAnswer(answer: AnswerToWrite): string {
  const { modelName, modelVersion, id, parameters, outputs } = answer;
  const tensors = outputs.map((tensor) => writeTensor(tensor));
  return stringifyJson({ model_name: modelName, model_version: modelVersion, id, parameters, outputs: tensors });
}

interface Members {
  readonly members: Record<string, unknown>;
  /** Null without the binary tensor extension. */
  readonly tail: BinaryTail | null;
}

function readMembers({ headers, body }: Body): Members {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new Malformed(`the message requires a body without content-encoding here, not "${encoding}"`);
  }
  const stated = headers[jsonLengthHeader];
  if (stated === undefined) return { members: membersOf(body), tail: null };
  const length = /^\d{1,15}$/.test(stated.trim()) ? Number(stated) : Number.NaN;
  if (!(length <= body.length))
    throw new Malformed(
      `${jsonLengthHeader} requires a length of at most ${body.length} bytes, not ${stated.slice(0, 40)}`,
    );
  return { members: membersOf(body.subarray(0, length)), tail: { bytes: body.subarray(length), at: 0 } };
}

function membersOf(json: Uint8Array): Record<string, unknown> {
  const value = parseJson(json);
  if (!isRecord(value)) throw new Malformed('the message requires a JSON object');
  return value;
}

function membersOrNone(original: Body): Record<string, unknown> {
  try {
    return readMembers(original).members;
  } catch {
    return {};
  }
}

function isListOfNamed(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.every((item) => isRecord(item) && typeof item.name === 'string');
}
