// An ONNX file ready to answer: loaded once, one thread, asked with the tensors of an inference request.
// Used by the pod and by in-process arms, so that the same file answers the same in both.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { InferenceSession } from 'onnxruntime-node';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Datatype, ModelRequest, Tensor } from '../model.ts';
import { checkedFeeds, datatypeOf, tensorOf } from './onnx-tensors.ts';

/** A −1 in `shape` stands for any length. */
export interface TensorDeclaration {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

export interface OnnxModel {
  readonly file: string;
  /** Lower-case hex digest of the very bytes that were loaded. */
  readonly sha256: string;
  readonly inputs: readonly TensorDeclaration[];
  readonly outputs: readonly TensorDeclaration[];
  /** All outputs, or those that `request.outputs` names. Inputs unknown to the model are ignored.
   * @throws PenumbraError MODEL_INPUT_INVALID, naming the tensor and what is expected */
  run(request: ModelRequest): Promise<Tensor[]>;
  /** Waits for the runs under way, then frees the model. */
  close(): Promise<void>;
}

const silent = 4;

/** @throws PenumbraError MODEL_NOT_FOUND, MODEL_INVALID */
export async function loadOnnxModel(file: string): Promise<OnnxModel> {
  const bytes = await readModelFile(file);
  const session = await openSession(file, bytes);
  const inputs = declarationsOf(session.inputMetadata, { file, role: 'input' });
  const outputs = declarationsOf(session.outputMetadata, { file, role: 'output' });
  const running = new Set<Promise<unknown>>();
  let isClosed = false;

  async function run(request: ModelRequest): Promise<Tensor[]> {
    if (isClosed) throw new PenumbraError('INTERNAL', `${file} requires to be open to answer`);
    const feeds = checkedFeeds(request, inputs);
    const wanted = wantedOutputs(request, outputs);
    const answer = session.run(feeds, wanted);
    running.add(answer);
    try {
      const made = await answer;
      return wanted.map((name) => tensorOf(name, made[name]));
    } catch (thrown) {
      // The runtime refuses what the declared shapes could not show, e.g. two inputs of different batch size.
      throw new PenumbraError('MODEL_INPUT_INVALID', `${file} refused the inputs: ${firstLine(thrown)}`);
    } finally {
      running.delete(answer);
    }
  }

  async function close(): Promise<void> {
    if (isClosed) return;
    isClosed = true;
    await Promise.allSettled(running);
    await session.release();
  }

  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { file, sha256, inputs, outputs, run, close };
}

async function readModelFile(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (thrown) {
    throw new PenumbraError('MODEL_NOT_FOUND', `a model requires a readable ONNX file: ${messageOf(thrown)}`, file);
  }
}

async function openSession(file: string, bytes: Uint8Array): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(bytes, {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: silent,
    });
  } catch (thrown) {
    throw new PenumbraError(
      'MODEL_INVALID',
      `${file} is not an ONNX model that can be run: ${firstLine(thrown)}`,
      file,
    );
  }
}

function declarationsOf(
  metadata: readonly InferenceSession.ValueMetadata[],
  { file, role }: { file: string; role: 'input' | 'output' },
): TensorDeclaration[] {
  const declarations: TensorDeclaration[] = [];
  for (const value of metadata) {
    const datatype = value.isTensor ? datatypeOf(value.type) : null;
    if (value.isTensor && datatype) {
      const shape = value.shape.map((length) => (typeof length === 'number' && length >= 0 ? length : -1));
      declarations.push({ name: value.name, datatype, shape });
    } else if (role === 'input') {
      const found = value.isTensor ? `type ${value.type}` : 'no tensor type';
      throw new PenumbraError(
        'MODEL_INVALID',
        `${file} requires inputs of known tensor types, "${value.name}" has ${found}`,
        file,
      );
    }
  }
  // Outputs that are no tensors (a classifier's list of maps) cannot travel in the protocol and are left out.
  if (role === 'output' && declarations.length === 0) {
    throw new PenumbraError(
      'MODEL_INVALID',
      `${file} requires at least one output that is a tensor of a known type`,
      file,
    );
  }
  return declarations;
}

function wantedOutputs(request: ModelRequest, outputs: readonly TensorDeclaration[]): string[] {
  const known = outputs.map((output) => output.name);
  if (!request.outputs || request.outputs.length === 0) return known;
  return request.outputs.map(({ name }) => {
    if (typeof name === 'string' && known.includes(name)) return name;
    throw new PenumbraError(
      'MODEL_INPUT_INVALID',
      `the model requires outputs of ${known.join(', ')}, not "${String(name)}"`,
    );
  });
}

function firstLine(thrown: unknown): string {
  return (messageOf(thrown).split('\n')[0] ?? '').slice(0, 300);
}
