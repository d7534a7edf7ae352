// Tensors of an inference request as onnxruntime wants them, checked against what the model declares, and back.
import { Tensor as OnnxTensor } from 'onnxruntime-node';
import { PenumbraError } from '../errors.ts';
import type { Datatype, ModelRequest, Tensor, TensorValue } from '../model.ts';
import type { TensorDeclaration } from './onnx-model.ts';

const datatypeByType: Readonly<Record<string, Datatype>> = {
  float32: 'FP32',
  float64: 'FP64',
  int8: 'INT8',
  int16: 'INT16',
  int32: 'INT32',
  int64: 'INT64',
  uint8: 'UINT8',
  uint16: 'UINT16',
  uint32: 'UINT32',
  uint64: 'UINT64',
  bool: 'BOOL',
  string: 'BYTES',
};

/** Null for types that are not served (half floats, 4-bit integers, complex numbers). */
export function datatypeOf(type: string): Datatype | null {
  return datatypeByType[type] ?? null;
}

/** The model's inputs out of the request; what the model does not know is left out.
 * @throws PenumbraError MODEL_INPUT_INVALID */
export function checkedFeeds(request: ModelRequest, inputs: readonly TensorDeclaration[]): Record<string, OnnxTensor> {
  const feeds: Record<string, OnnxTensor> = {};
  for (const declared of inputs) {
    const tensor = request.inputs.find((input) => input.name === declared.name);
    if (!tensor) throw refused(declared, 'it is missing');
    if (tensor.datatype !== declared.datatype) throw refused(declared, `it has ${tensor.datatype}`);
    if (!fitsShape(tensor.shape, declared.shape)) throw refused(declared, `it has shape [${tensor.shape.join(', ')}]`);
    feeds[declared.name] = feedOf(tensor);
  }
  return feeds;
}

function refused({ name, datatype, shape }: TensorDeclaration, found: string): PenumbraError {
  return new PenumbraError(
    'MODEL_INPUT_INVALID',
    `input "${name}" requires ${datatype} of shape [${shape.join(', ')}], ${found}`,
  );
}

function fitsShape(shape: readonly number[], declared: readonly number[]): boolean {
  return shape.length === declared.length && declared.every((length, axis) => length === -1 || length === shape[axis]);
}

function feedOf({ datatype, shape, data }: Tensor): OnnxTensor {
  switch (datatype) {
    case 'FP32':
      return new OnnxTensor('float32', Float32Array.from(data, numberOf), shape);
    case 'FP64':
      return new OnnxTensor('float64', Float64Array.from(data, numberOf), shape);
    case 'INT8':
      return new OnnxTensor('int8', Int8Array.from(data, numberOf), shape);
    case 'INT16':
      return new OnnxTensor('int16', Int16Array.from(data, numberOf), shape);
    case 'INT32':
      return new OnnxTensor('int32', Int32Array.from(data, numberOf), shape);
    case 'INT64':
      return new OnnxTensor('int64', BigInt64Array.from(data, bigintOf), shape);
    case 'UINT8':
      return new OnnxTensor('uint8', Uint8Array.from(data, numberOf), shape);
    case 'UINT16':
      return new OnnxTensor('uint16', Uint16Array.from(data, numberOf), shape);
    case 'UINT32':
      return new OnnxTensor('uint32', Uint32Array.from(data, numberOf), shape);
    case 'UINT64':
      return new OnnxTensor('uint64', BigUint64Array.from(data, bigintOf), shape);
    case 'BOOL':
      return new OnnxTensor('bool', Uint8Array.from(data, numberOf), shape);
    case 'BYTES':
      return new OnnxTensor('string', data.map(String), shape);
    case 'FP16':
      throw new PenumbraError('MODEL_INPUT_INVALID', 'half-precision inputs are not served');
  }
}

/** A missing number reaches a model as NaN. */
function numberOf(value: TensorValue): number {
  return value === null ? Number.NaN : Number(value);
}

/** Perturbations can put anything into an integer input: what is no integer is refused, never rounded. */
function bigintOf(value: TensorValue): bigint {
  if (typeof value === 'bigint') return value;
  if (Number.isInteger(value)) return BigInt(value as number);
  throw new PenumbraError('MODEL_INPUT_INVALID', `64-bit integer inputs require whole numbers, not ${String(value)}`);
}

export function tensorOf(name: string, made: unknown): Tensor {
  if (!(made instanceof OnnxTensor)) throw new PenumbraError('INTERNAL', `output "${name}" is not a tensor`);
  const datatype = datatypeOf(made.type);
  if (!datatype) throw new PenumbraError('INTERNAL', `output "${name}" has the type ${made.type}`);
  return { name, datatype, shape: [...made.dims], data: valuesOf(made, datatype) };
}

function valuesOf(made: OnnxTensor, datatype: Datatype): TensorValue[] {
  if (datatype === 'BOOL') return Array.from(made.data as Uint8Array, (value) => value !== 0);
  if (datatype !== 'INT64' && datatype !== 'UINT64') return Array.from(made.data as ArrayLike<number | string>);
  return Array.from(made.data as BigInt64Array, (value) => {
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  });
}
