// Tensor data as bytes behind the JSON: the binary tensor data extension of the Open Inference Protocol v2 (Triton, KServe, MLServer).
// Little-endian, row-major, without gaps; an element of BYTES is its length in 4 bytes and then the bytes.
import type { Datatype, Tensor, TensorValue } from '../../../model.ts';
import { bytesOfText, textOfBytes } from '../bytes-text.ts';
import { Malformed } from '../malformed.ts';
import { ruleOf } from './datatypes.ts';
import { halfToNumber, numberToHalf } from './half-float.ts';

interface Form {
  readonly size: number;
  read(view: DataView, at: number): TensorValue;
  write(view: DataView, at: number, value: TensorValue): void;
}

const small = (value: bigint): TensorValue => (Number.isSafeInteger(Number(value)) ? Number(value) : value);
/** A missing number is not a number. */
const float = (value: TensorValue): number => (value === null ? Number.NaN : Number(value));

const forms: Readonly<Record<Exclude<Datatype, 'BYTES'>, Form>> = {
  BOOL: {
    size: 1,
    read: (view, at) => view.getUint8(at) !== 0,
    write: (view, at, value) => view.setUint8(at, value === true ? 1 : 0),
  },
  UINT8: formOf(1, 'Uint8'),
  UINT16: formOf(2, 'Uint16'),
  UINT32: formOf(4, 'Uint32'),
  INT8: formOf(1, 'Int8'),
  INT16: formOf(2, 'Int16'),
  INT32: formOf(4, 'Int32'),
  UINT64: {
    size: 8,
    read: (view, at) => small(view.getBigUint64(at, true)),
    write: (view, at, value) => view.setBigUint64(at, BigInt(value as number | bigint), true),
  },
  INT64: {
    size: 8,
    read: (view, at) => small(view.getBigInt64(at, true)),
    write: (view, at, value) => view.setBigInt64(at, BigInt(value as number | bigint), true),
  },
  FP16: {
    size: 2,
    read: (view, at) => halfToNumber(view.getUint16(at, true)),
    write: (view, at, value) => view.setUint16(at, numberToHalf(float(value)), true),
  },
  FP32: formOf(4, 'Float32'),
  FP64: formOf(8, 'Float64'),
};

function formOf(
  size: number,
  name: 'Uint8' | 'Uint16' | 'Uint32' | 'Int8' | 'Int16' | 'Int32' | 'Float32' | 'Float64',
): Form {
  return {
    size,
    read: (view, at) => view[`get${name}`](at, true),
    write: (view, at, value) => view[`set${name}`](at, float(value), true),
  };
}

/** The bytes behind the JSON, taken tensor by tensor in their order. */
export interface BinaryTail {
  readonly bytes: Uint8Array;
  at: number;
}

/** @throws Malformed when the bytes are fewer or more than `length` says, or do not hold `expected` values */
export function takeBinary(
  tail: BinaryTail,
  { name, datatype, length, expected }: { name: string; datatype: Datatype; length: unknown; expected: number },
): TensorValue[] {
  if (!Number.isSafeInteger(length) || (length as number) < 0)
    throw new Malformed(`tensor "${name}" requires binary_data_size to be a length in bytes`);
  const bytes = tail.bytes.subarray(tail.at, tail.at + (length as number));
  if (bytes.length !== length)
    throw new Malformed(`tensor "${name}" requires ${length} bytes behind the JSON, ${bytes.length} are left`);
  tail.at += bytes.length;
  if (datatype === 'BYTES') return readElements(bytes, { name, expected });
  const { size, read } = forms[datatype];
  if (expected * size !== length)
    throw new Malformed(`tensor "${name}" requires ${expected * size} bytes for its shape and datatype, not ${length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values: TensorValue[] = [];
  for (let index = 0; index < expected; index++) values.push(read(view, index * size));
  return values;
}

function readElements(bytes: Uint8Array, { name, expected }: { name: string; expected: number }): TensorValue[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values: TensorValue[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = at + 4 <= bytes.length ? view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    at += 4;
    if (at + length > bytes.length)
      throw new Malformed(`tensor "${name}" requires every element to end within its binary_data_size`);
    values.push(textOfBytes(bytes.subarray(at, at + length)));
    at += length;
  }
  if (values.length !== expected)
    throw new Malformed(`tensor "${name}" requires ${expected} elements for its shape, not ${values.length}`);
  return values;
}

/** The data of a tensor as bytes; null when it holds something that has no such form, as a missing whole number. */
export function binaryOf({ datatype, data }: Tensor): Buffer | null {
  if (data.some((value) => ruleOf(datatype).accept(value) === undefined)) return null;
  if (datatype === 'BYTES') return Buffer.concat(data.flatMap((value) => elementOf(String(value))));
  const { size, write } = forms[datatype];
  const bytes = Buffer.alloc(data.length * size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const [index, value] of data.entries()) write(view, index * size, value);
  return bytes;
}

function elementOf(text: string): [Buffer, Buffer] {
  const bytes = bytesOfText(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}
