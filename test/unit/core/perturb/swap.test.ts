// swap: two features exchanged, in the datatype of the place they come to, or not at all.
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../../src/model.ts';
import { dataOf, feature, perturbAll, tensor } from '../../../support/perturbing.ts';

const declared = [
  feature({ name: 'x', tensor: 'f', index: 0 }),
  feature({ name: 'y', tensor: 'f', index: 1 }),
  feature({ name: 'n', type: 'integer' }),
  feature({ name: 'from', type: 'string' }),
  feature({ name: 'to', type: 'string' }),
];
const swapped = (features: readonly string[], inputs: readonly Tensor[]) => {
  const [result] = perturbAll({ type: 'swap', options: { features } }, { declared, shown: [{ inputs }] });
  return result?.request ?? { inputs: [] };
};
const f = tensor('f', [1.5, 2, 3, 4], { shape: [2, 2] });

describe('swap', () => {
  it('exchanges two columns, row by row', () => {
    expect(dataOf(swapped(['x', 'y'], [f]), 'f')).toEqual([2, 1.5, 4, 3]);
  });

  it('exchanges tensors and columns, each in its own datatype', () => {
    const n = tensor('n', [7, 2n ** 60n], { datatype: 'INT64' });
    const result = swapped(['n', 'x'], [f, n]);
    expect(dataOf(result, 'f')).toEqual([7, 2, 2 ** 60, 4]);
    expect(dataOf(result, 'n')).toEqual([2, 3]);
  });

  it('exchanges texts', () => {
    const result = swapped(['from', 'to'], [tensor('from', ['JFK']), tensor('to', ['BOS'])]);
    expect([dataOf(result, 'from'), dataOf(result, 'to')]).toEqual([['BOS'], ['JFK']]);
  });

  it('leaves both where one cannot hold the other, in that row alone', () => {
    const n = tensor('n', [7, 8], { datatype: 'INT32' });
    const result = swapped(['n', 'x'], [tensor('f', [Number.NaN, 2, 3, 4], { shape: [2, 2] }), n]);
    expect(dataOf(result, 'f')).toEqual([Number.NaN, 2, 8, 4]);
    expect(dataOf(result, 'n')).toEqual([7, 3]);
  });

  it('leaves both where one is missing or has other rows', () => {
    expect(dataOf(swapped(['n', 'x'], [f]), 'f')).toEqual(f.data);
    expect(dataOf(swapped(['n', 'x'], [f, tensor('n', [1])]), 'n')).toEqual([1]);
  });

  it('needs two features of one sort', () => {
    expect(() => swapped(['x'], [f])).toThrow('swap requires exactly two features, got 1');
    expect(() => swapped(['x', 'y', 'n'], [f])).toThrow('swap requires exactly two features, got 3');
    expect(() => swapped(['x', 'to'], [f])).toThrow('swap cannot exchange x, a number, and to, a string');
  });
});
