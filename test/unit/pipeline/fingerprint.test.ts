// When two requests ask the model the same: equal inputs, whatever else differs.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ModelRequest, Tensor, TensorValue } from '../../../src/model.ts';
import { fingerprintOf } from '../../../src/pipeline/fingerprint.ts';

const tensor = (data: readonly TensorValue[], more: Partial<Tensor> = {}): Tensor => ({
  name: 'x',
  datatype: 'FP64',
  shape: [1, data.length],
  data,
  ...more,
});
const of = (...inputs: Tensor[]): string => fingerprintOf({ inputs });

describe('a fingerprint', () => {
  it('is of the inputs alone', () => {
    const request: ModelRequest = { inputs: [tensor([1, 2])] };
    expect(fingerprintOf({ ...request, id: 'other', parameters: { a: 1 } })).toBe(fingerprintOf(request));
    expect(of(tensor([-0, Number.NaN]))).toBe(of(tensor([0, Number.NaN])));
  });

  it.each([
    ['a number', of(tensor([1, 3]))],
    ['an order', of(tensor([2, 1]))],
    ['a name', of(tensor([1, 2], { name: 'y' }))],
    ['a datatype', of(tensor([1, 2], { datatype: 'FP32' }))],
    ['a shape', of(tensor([1, 2], { shape: [2, 1] }))],
    ['a text that looks like the number', of(tensor([1, '2']))],
    ['a bigint', of(tensor([1, 2n]))],
    ['a missing value', of(tensor([1, null]))],
    ['one tensor more', of(tensor([1, 2]), tensor([], { name: 'y' }))],
    ['a number in another tensor', of(tensor([1], { shape: [1] }), tensor([2], { name: 'y', shape: [1] }))],
    ['a number that stands elsewhere', of(tensor([1, 2, null]))],
    ['a missing value that stands elsewhere', of(tensor([null, 1, 2]))],
  ])('differs by %s', (_, other) => {
    expect(other).not.toBe(of(tensor([1, 2])));
  });

  it('differs by where a missing value stands', () => {
    expect(of(tensor([1, null, 2]))).not.toBe(of(tensor([null, 1, 2])));
  });

  it('differs wherever texts and numbers do', () => {
    const value = fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null), fc.bigInt());
    const written = (data: readonly TensorValue[]): string =>
      data.map((one) => `${typeof one} ${Object.is(one, -0) ? 0 : one}`).join('\u0000');
    fc.assert(
      fc.property(fc.array(value, { maxLength: 20 }), fc.array(value, { maxLength: 20 }), (one, other) => {
        expect(of(tensor(one)) === of(tensor(other))).toBe(written(one) === written(other));
      }),
    );
  });

  it('takes more numbers than most requests hold', () => {
    const many = Array.from({ length: 5000 }, (_, index) => index);
    expect(of(tensor(many))).toBe(of(tensor(many)));
    expect(of(tensor(many))).not.toBe(of(tensor(many.with(-1, 0))));
  });
});
