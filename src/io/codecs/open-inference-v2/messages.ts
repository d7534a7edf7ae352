// Whole Open Inference Protocol v2 messages between bytes and nouns, for the codec (both sides of a mirrored call)
// and for the pod (which reads requests and writes answers). Failures are PenumbraError *_UNDECODABLE.

import { messageOf, PenumbraError } from '../../../errors.ts';
import type { Headers, ModelAnswer, ModelRequest, Tensor } from '../../../model.ts';
import { parseJson, stringifyJson } from '../../json.ts';
import { isRecord, Malformed } from './malformed.ts';
import { readTensors, writeTensor } from './tensors.ts';

export interface Body {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** @throws PenumbraError REQUEST_UNDECODABLE */
export function readRequest(message: Body): ModelRequest {
  return coded('REQUEST_UNDECODABLE', () => {
    const { id, parameters, inputs, outputs } = readMembers(message);
    if (id !== undefined && typeof id !== 'string') throw new Malformed('the message requires id to be a string');
    if (parameters !== undefined && !isRecord(parameters))
      throw new Malformed('the message requires parameters to be an object');
    if (outputs !== undefined && !isListOfNamed(outputs))
      throw new Malformed('the message requires outputs to be a list of objects with a name');
    return {
      ...(id === undefined ? {} : { id }),
      ...(parameters === undefined ? {} : { parameters }),
      inputs: readTensors(inputs, 'inputs'),
      ...(outputs === undefined ? {} : { outputs }),
    };
  });
}

/** `model_name` and `model_version` may be missing: real servers, and the specification's own examples, leave them out.
 * @throws PenumbraError ANSWER_UNDECODABLE */
export function readAnswer(message: Body): ModelAnswer {
  return coded('ANSWER_UNDECODABLE', () => {
    const { model_name: name, model_version: version, parameters, outputs } = readMembers(message);
    return {
      modelName: typeof name === 'string' ? name : null,
      modelVersion: typeof version === 'string' ? version : typeof version === 'number' ? String(version) : null,
      degraded: isRecord(parameters) && parameters.degraded === true,
      outputs: readTensors(outputs, 'outputs'),
    };
  });
}

/** The bytes of a request. What `original` held beyond the known members, and whether its data was nested, is kept. */
export function writeRequest(request: ModelRequest, original: Uint8Array): Uint8Array {
  const before = membersOrNone(original);
  const inputsBefore = new Map<unknown, Record<string, unknown>>();
  for (const item of Array.isArray(before.inputs) ? (before.inputs as unknown[]) : []) {
    if (isRecord(item)) inputsBefore.set(item.name, item);
  }
  const inputs = request.inputs.map((tensor) => {
    const known = inputsBefore.get(tensor.name);
    const data = known?.data;
    return { ...known, ...writeTensor(tensor, { nested: Array.isArray(data) && Array.isArray(data[0]) }) };
  });
  const { id, parameters, outputs } = request;
  return Buffer.from(stringifyJson({ ...before, id, parameters, inputs, outputs }));
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

function readMembers({ headers, body }: Body): Record<string, unknown> {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity') {
    throw new Malformed(`the message requires a body without content-encoding; "${encoding}" is not understood yet`);
  }
  if (headers['inference-header-content-length'] !== undefined)
    throw new Malformed('the binary tensor extension is not understood yet');
  const value = parseJson(body);
  if (!isRecord(value)) throw new Malformed('the message requires a JSON object');
  return value;
}

function membersOrNone(body: Uint8Array): Record<string, unknown> {
  try {
    const value = parseJson(body);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

function isListOfNamed(value: unknown): value is Record<string, unknown>[] {
  return Array.isArray(value) && value.every((item) => isRecord(item) && typeof item.name === 'string');
}

function coded<Made>(code: 'REQUEST_UNDECODABLE' | 'ANSWER_UNDECODABLE', read: () => Made): Made {
  try {
    return read();
  } catch (thrown) {
    const isExpected =
      thrown instanceof Malformed || (thrown instanceof PenumbraError && thrown.code === 'JSON_INVALID');
    if (isExpected) throw new PenumbraError(code, messageOf(thrown));
    throw thrown;
  }
}
