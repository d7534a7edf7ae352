// Requests of every datatype, shape, batch and missing tensor for the laws of perturbations, with inputs that declare all there is
// to declare; and the checks that a request is one, is untouched, is the same.

import fc from 'fast-check';
import { expect } from 'vitest';
import type { DeclaredInput } from '../../src/core/perturb/index.ts';
import type { Datatype, ModelRequest, Tensor, TensorValue } from '../../src/model.ts';

const plain = { range: [0, 100], default: 41, zeroIsLegal: true, group: 'weather', spread: 8 } as const;
const older = {
  file: 'old.jsonl',
  key: 'key',
  sha256: '',
  values: new Map<string, readonly TensorValue[]>([['a', [0.5]]]),
};
const olderVectors = { ...older, values: new Map([['a', [1, 2, 3, 4]]]) };

export const oddInputs: readonly DeclaredInput[] = [
  { ...plain, name: 'x', tensor: 'features', index: 0, type: 'number', older },
  { ...plain, name: 'y', tensor: 'features', index: 1, type: 'number' },
  { ...plain, name: 'hour', tensor: 'features', index: 2, type: 'integer' },
  { ...plain, name: 'count', tensor: 'count', index: null, type: 'integer' },
  { ...plain, name: 'carrier', tensor: 'carrier', index: null, type: 'string', range: null, default: 'UA' },
  { ...plain, name: 'airport', tensor: 'airport', index: null, type: 'string', range: null, default: 'JFK' },
  { ...plain, name: 'holiday', tensor: 'holiday', index: null, type: 'boolean', range: null, default: true },
  { ...plain, name: 'vector', tensor: 'vector', index: null, type: 'number', older: olderVectors },
  { ...plain, name: 'flat', tensor: 'flat', index: null, type: 'number', size: 4, older: olderVectors },
  { name: 'key', tensor: 'key', index: null, type: 'string', range: null, default: null, zeroIsLegal: true },
];

const integers: Partial<Record<Datatype, readonly [bigint, bigint]>> = {
  UINT8: [0n, 255n],
  UINT16: [0n, 65535n],
  UINT32: [0n, 4294967295n],
  UINT64: [0n, 2n ** 64n - 1n],
  INT8: [-128n, 127n],
  INT16: [-32768n, 32767n],
  INT32: [-2147483648n, 2147483647n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
};
const limits: Partial<Record<Datatype, number>> = { FP16: 65504, FP32: 3.4028234663852886e38, FP64: Number.MAX_VALUE };
const datatypes = [...Object.keys(integers), ...Object.keys(limits), 'BOOL', 'BYTES'] as Datatype[];

const exact = (value: bigint): TensorValue => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

function valuesFor(datatype: Datatype): fc.Arbitrary<TensorValue> {
  const range = integers[datatype];
  if (range) return fc.oneof(fc.bigInt({ min: range[0], max: range[1] }), fc.constantFrom(...range, 41n)).map(exact);
  if (datatype === 'BOOL') return fc.boolean();
  if (datatype === 'BYTES') return fc.oneof(fc.constantFrom('a', 'b', '', '12'), fc.string());
  const max = limits[datatype] as number;
  return fc.oneof(
    fc.double({ min: -max, max, noNaN: true }),
    fc.double({ min: -200, max: 200, noNaN: true }),
    fc.constantFrom(null, Number.NaN, Infinity, -Infinity, -0, max, -max),
  );
}

function tensorOf(name: string, usual: Datatype): fc.Arbitrary<Tensor | null> {
  const width = fc.integer({ min: 0, max: 5 });
  const shape = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.constantFrom(1, 3, 4)) },
    { weight: 2, arbitrary: fc.array(width, { maxLength: 3 }) },
  );
  const some = fc
    .tuple(fc.oneof(fc.constant(usual), fc.constantFrom(...datatypes)), shape)
    .chain(([datatype, sizes]) => {
      const length = sizes.reduce((product, size) => product * size, 1);
      return fc
        .array(valuesFor(datatype), { minLength: length, maxLength: length })
        .map((data): Tensor => ({ name, datatype, shape: sizes, data }));
    });
  return fc.oneof({ weight: 6, arbitrary: some }, { weight: 1, arbitrary: fc.constant(null) });
}

/** A stream of requests with the ids and the times that go with them; time may stand still or go back. */
export const oddStreams = fc.array(
  fc.record({
    request: fc
      .tuple(
        tensorOf('features', 'FP32'),
        tensorOf('count', 'INT64'),
        tensorOf('carrier', 'BYTES'),
        tensorOf('airport', 'BYTES'),
        tensorOf('holiday', 'BOOL'),
        tensorOf('vector', 'FP32'),
        tensorOf('flat', 'FP64'),
        tensorOf('key', 'BYTES'),
        tensorOf('other', 'FP32'),
      )
      .map((tensors): ModelRequest => ({ id: 'r', inputs: tensors.filter((tensor) => tensor !== null) })),
    requestId: fc.string(),
    arrivedAt: fc.integer({ min: 0, max: 5000 }),
  }),
  { minLength: 1, maxLength: 4 },
);

/** The shape fits the data, and every value is one of the datatype. */
export function expectValid({ inputs }: ModelRequest): void {
  for (const { datatype, shape, data } of inputs) {
    expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
    const wrong = data.find((value) => !isOf(datatype, value));
    expect(wrong, `${String(wrong)} is no ${datatype}`).toBeUndefined();
  }
}

function isOf(datatype: Datatype, value: TensorValue): boolean {
  if (datatype === 'BYTES') return typeof value === 'string';
  if (datatype === 'BOOL') return typeof value === 'boolean';
  const range = integers[datatype];
  if (range === undefined) {
    if (value === null || !Number.isFinite(value)) return value === null || typeof value === 'number';
    return Math.abs(value as number) <= (limits[datatype] as number);
  }
  if (typeof value === 'bigint') return exact(value) === value && value >= range[0] && value <= range[1];
  return Number.isSafeInteger(value) && BigInt(value as number) >= range[0] && BigInt(value as number) <= range[1];
}

/** JSON in which every value keeps its type, -0 and NaN too. */
export function render(request: ModelRequest): string {
  return JSON.stringify(request, (_, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value !== 'number' || (Number.isFinite(value) && !Object.is(value, -0))) return value;
    return Object.is(value, -0) ? 'number -0' : `number ${value}`;
  });
}

export function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
