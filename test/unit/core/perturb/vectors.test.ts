// Embeddings and other tensors that are a feature as a whole: dropped, aged, noisy, turned, or from an older version.
import { describe, expect, it } from 'vitest';
import type { Tensor, TensorValue } from '../../../../src/model.ts';
import { dataOf, feature, perturbAll, tensor } from '../../../support/perturbing.ts';

const values = new Map<string, readonly TensorValue[]>([
  ['u', [9, 8, 7]],
  ['v', [1, 2]],
]);
const older = { file: 'old.jsonl', key: 'user', sha256: '', values };
const declared = [
  feature({ name: 'embedding', older }),
  feature({ name: 'flat', size: 3, older }),
  feature({ name: 'score', tensor: 'f', index: 0 }),
  feature({ name: 'user', type: 'string' }),
];

function perturbed(type: string, { options = {}, inputs }: { options?: object; inputs: readonly Tensor[] }) {
  const use = { type, options: { features: 'embedding', ...options } };
  return perturbAll(use, { declared, shown: [{ inputs }] })[0]?.request ?? { inputs: [] };
}

const rows = (data: readonly number[], width: number): Tensor =>
  tensor('embedding', data, { datatype: 'FP32', shape: [data.length / width, width] });
const dot = (one: readonly TensorValue[], other: readonly TensorValue[]): number =>
  one.reduce<number>((sum, value, index) => sum + Number(value) * Number(other[index]), 0);

describe('rotate', () => {
  const vector = Array.from({ length: 64 }, (_, index) => Math.sin(index * 7 + 1));
  const turned = (data: readonly number[], degrees: number): readonly TensorValue[] =>
    dataOf(perturbed('rotate', { options: { degrees }, inputs: [rows(data, data.length)] }), 'embedding') ?? [];

  it.each([1, 15, 90, 135, 180])('turns by %d degrees and keeps the length', (degrees) => {
    const after = turned(vector, degrees);
    const length = Math.sqrt(dot(vector, vector));
    expect(Math.sqrt(dot(after, after))).toBeCloseTo(length, 10);
    expect((Math.acos(Math.min(1, Math.max(-1, dot(vector, after) / length ** 2))) * 180) / Math.PI).toBeCloseTo(
      degrees,
      5,
    );
  });

  it('turns all vectors alike: angles between them stay, and every row of a batch gets the same', () => {
    const other = vector.map((value, index) => value * Math.cos(index));
    expect(dot(turned(vector, 30), turned(other, 30))).toBeCloseTo(dot(vector, other), 9);
    const both = dataOf(
      perturbed('rotate', { options: { degrees: 30 }, inputs: [rows([...vector, ...other], 64)] }),
      'embedding',
    );
    expect(both).toEqual([...turned(vector, 30), ...turned(other, 30)]);
  });

  it('is another rotation for another seed, arm or place, and the same for every request', () => {
    const use = { type: 'rotate', options: { features: 'embedding', degrees: 30 } };
    const shown = [{ inputs: [rows(vector, 64)] }, { inputs: [rows(vector, 64)] }];
    const [first, second] = perturbAll(use, { declared, shown }).map(({ request }) => dataOf(request, 'embedding'));
    expect(first).toEqual(second);
    expect(first).not.toEqual(turned(vector.toReversed(), 30));
  });

  it('turns an odd length by at most that angle', () => {
    const odd = vector.slice(0, 7);
    const after = turned(odd, 60);
    expect(dot(after, after)).toBeCloseTo(dot(odd, odd), 10);
    expect(dot(after, odd) / dot(odd, odd)).toBeGreaterThanOrEqual(0.5 - 1e-9);
    expect(dot(after, odd) / dot(odd, odd)).toBeLessThan(0.95);
  });

  it('survives numbers at the limits, and leaves what is no vector of finite numbers', () => {
    const huge = turned([3e38, -3e38, 3e38, 3e38], 45);
    expect(huge.every((value) => Number.isFinite(value) && Math.abs(Number(value)) <= 3.4028234663852886e38)).toBe(
      true,
    );
    const odd = [tensor('embedding', [1, null, 3], { shape: [1, 3] })];
    expect(perturbed('rotate', { options: { degrees: 45 }, inputs: odd }).inputs).toEqual(odd);
    expect(turned([0, 0, 0], 45)).toEqual([0, 0, 0]);
    const integers = [tensor('embedding', [1, 2], { shape: [1, 2], datatype: 'INT32' })];
    expect(perturbed('rotate', { options: { degrees: 45 }, inputs: integers }).inputs).toEqual(integers);
  });

  it('refuses a column and a text', () => {
    expect(() => perturbed('rotate', { options: { degrees: 5, features: 'score' }, inputs: [] })).toThrow(
      'rotate cannot change score: rotate is for vectors, and it is one column of a tensor',
    );
    expect(() => perturbed('rotate', { options: { degrees: 5, features: 'user' }, inputs: [] })).toThrow('for numbers');
  });
});

describe('outdated', () => {
  it('gives the older vector of the same entity, row by row, and leaves entities it does not know', () => {
    const inputs = [rows([1, 1, 1, 2, 2, 2], 3), tensor('user', ['x', 'u'])];
    expect(dataOf(perturbed('outdated', { inputs }), 'embedding')).toEqual([1, 1, 1, 9, 8, 7]);
  });

  it('leaves a vector of another length, a request without keys, and a datatype that cannot hold it', () => {
    const other = [rows([1, 1, 1], 3), tensor('user', ['v'])];
    expect(perturbed('outdated', { inputs: other }).inputs).toEqual(other);
    const keyless = [rows([1, 1, 1], 3)];
    expect(perturbed('outdated', { inputs: keyless }).inputs).toEqual(keyless);
    const texts = [tensor('embedding', ['a', 'b', 'c'], { shape: [1, 3] }), tensor('user', ['u'])];
    expect(perturbed('outdated', { inputs: texts }).inputs).toEqual(texts);
  });

  it('takes a flat tensor of a declared size as one row', () => {
    const inputs = [tensor('flat', [1, 2, 3]), tensor('user', ['u'])];
    expect(dataOf(perturbed('outdated', { options: { features: 'flat' }, inputs }), 'flat')).toEqual([9, 8, 7]);
  });

  it('refuses a feature without an older version', () => {
    expect(() => perturbed('outdated', { options: { features: 'score' }, inputs: [] })).toThrow(
      'outdated cannot change score: it declares no older version',
    );
  });
});

describe('the other kinds on vectors', () => {
  it('drop leaves the whole tensor out', () => {
    expect(
      perturbed('drop', { inputs: [rows([1, 2, 3], 3), tensor('user', ['u'])] }).inputs.map(({ name }) => name),
    ).toEqual(['user']);
  });

  it('noise moves every number by its own error', () => {
    const changed = dataOf(perturbed('noise', { options: { sd: 1 }, inputs: [rows([1, 1, 1, 1], 4)] }), 'embedding');
    expect(new Set(changed).size).toBe(4);
  });
});
