// Tiny ONNX models for tests, built by onnx-proto in a few hundred bytes: a logistic model over one input, and models that
// give their input back, for the tensor types.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';

export interface TinyModelOptions {
  /** One weight per feature; the label is 1 above a probability of 0.5. */
  readonly weights?: readonly number[];
  readonly bias?: number;
  readonly input?: string;
  readonly output?: string;
}

/** `features` FP32 [rows, weights] → `probabilities` FP32 [rows, 2]: (1 − p, p) with p = sigmoid(weights · features + bias). */
export function tinyModelBytes(options: TinyModelOptions = {}): Uint8Array {
  const { weights = [1, 1], bias = 0, input = 'features', output = 'probabilities' } = options;
  const both = weights.flatMap((weight) => [-weight, weight]);
  return encode({
    nodes: [
      { opType: 'Gemm', input: [input, 'weights', 'bias'], output: ['logits'] },
      { opType: 'Sigmoid', input: ['logits'], output: [output] },
    ],
    constants: [floats('weights', [weights.length, 2], both), floats('bias', [2], [-bias, bias])],
    inputs: [declare(input, onnx.TensorProto.DataType.FLOAT, weights.length)],
    outputs: [declare(output, onnx.TensorProto.DataType.FLOAT, 2)],
  });
}

/** `features` FP32 [rows, inputs] → `embedding` FP32 [rows, outputs]: features · weights at length 1. One list of weights per input. */
export function embeddingModelBytes(weights: readonly (readonly number[])[]): Uint8Array {
  const width = weights[0]?.length ?? 0;
  return encode({
    nodes: [
      { opType: 'MatMul', input: ['features', 'weights'], output: ['sum'] },
      { opType: 'LpNormalization', input: ['sum'], output: ['embedding'] },
    ],
    constants: [floats('weights', [weights.length, width], weights.flat())],
    inputs: [declare('features', onnx.TensorProto.DataType.FLOAT, weights.length)],
    outputs: [declare('embedding', onnx.TensorProto.DataType.FLOAT, width)],
  });
}

/** `features` FP32 [rows, inputs] → `items` INT64 [rows, top]: the indices of the largest entries of features · weights, best first. */
export function rankingModelBytes(weights: readonly (readonly number[])[], top: number): Uint8Array {
  const width = weights[0]?.length ?? 0;
  const count = BigInt64Array.of(BigInt(top));
  return encode({
    nodes: [
      { opType: 'MatMul', input: ['features', 'weights'], output: ['scores'] },
      { opType: 'TopK', input: ['scores', 'top'], output: ['best', 'items'] },
    ],
    constants: [
      floats('weights', [weights.length, width], weights.flat()),
      { name: 'top', dims: [1], dataType: onnx.TensorProto.DataType.INT64, rawData: new Uint8Array(count.buffer) },
    ],
    inputs: [declare('features', onnx.TensorProto.DataType.FLOAT, weights.length)],
    outputs: [declare('items', onnx.TensorProto.DataType.INT64, top)],
  });
}

const elementTypes = {
  FP32: onnx.TensorProto.DataType.FLOAT,
  FP64: onnx.TensorProto.DataType.DOUBLE,
  INT32: onnx.TensorProto.DataType.INT32,
  INT64: onnx.TensorProto.DataType.INT64,
  BOOL: onnx.TensorProto.DataType.BOOL,
  BYTES: onnx.TensorProto.DataType.STRING,
  FP16: onnx.TensorProto.DataType.FLOAT16,
} as const;

/** One output `<name>_again` per input, of the same values; inputs have the shape [rows, width]. */
export function echoModelBytes(
  inputs: readonly { name: string; datatype: keyof typeof elementTypes; width: number }[],
): Uint8Array {
  return encode({
    nodes: inputs.map(({ name }) => ({ opType: 'Identity', input: [name], output: [`${name}_again`] })),
    constants: [],
    inputs: inputs.map(({ name, datatype, width }) => declare(name, elementTypes[datatype], width)),
    outputs: inputs.map(({ name, datatype, width }) => declare(`${name}_again`, elementTypes[datatype], width)),
  });
}

export interface TinyCardInput {
  readonly name: string;
  readonly stored?: boolean;
  readonly default?: number | null;
}

export interface TinyModelFiles {
  readonly directory: string;
  readonly modelFile: string;
  readonly cardFile: string;
}

/** The model and its card as files in a new temporary directory. Input i of the card is `features[i]`. */
export function writeTinyModel(
  options: TinyModelOptions & { name?: string; version?: string; inputs?: readonly TinyCardInput[] } = {},
): TinyModelFiles {
  const { name = 'tiny', version = 'v1', weights = [1, 1], input = 'features' } = options;
  const { inputs = weights.map((_, index): TinyCardInput => ({ name: `f${index}` })) } = options;
  const directory = mkdtempSync(join(tmpdir(), 'penumbra-model-'));
  const modelFile = join(directory, `${name}-${version}.onnx`);
  const cardFile = join(directory, `${name}-${version}.json`);
  writeFileSync(modelFile, tinyModelBytes({ ...options, weights }));
  const card = {
    name,
    version,
    file: `${name}-${version}.onnx`,
    inputs: inputs.map(({ name: feature, stored = false, default: fallback = 0 }, index) => ({
      name: feature,
      at: `${input}[${index}]`,
      type: 'number',
      range: [-1000, 1000],
      default: fallback,
      zeroIsLegal: true,
      stored,
    })),
  };
  writeFileSync(cardFile, JSON.stringify(card, null, 2));
  return { directory, modelFile, cardFile };
}

function encode(graph: {
  nodes: onnx.INodeProto[];
  constants: onnx.ITensorProto[];
  inputs: onnx.IValueInfoProto[];
  outputs: onnx.IValueInfoProto[];
}): Uint8Array {
  const { nodes, constants, inputs, outputs } = graph;
  const model = onnx.ModelProto.create({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 17 }],
    graph: { name: 'tiny', node: nodes, initializer: constants, input: inputs, output: outputs },
  });
  return onnx.ModelProto.encode(model).finish();
}

function floats(name: string, dims: number[], values: readonly number[]): onnx.ITensorProto {
  return {
    name,
    dims,
    dataType: onnx.TensorProto.DataType.FLOAT,
    rawData: new Uint8Array(Float32Array.from(values).buffer),
  };
}

function declare(name: string, elemType: number, width: number): onnx.IValueInfoProto {
  return { name, type: { tensorType: { elemType, shape: { dim: [{ dimParam: 'rows' }, { dimValue: width }] } } } };
}
