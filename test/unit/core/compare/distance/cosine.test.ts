import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cosineDistance } from '../../../../../src/core/compare/distance/cosine.ts';

describe('cosineDistance', () => {
  // 1 − a·b / (‖a‖ ‖b‖) in double precision, as scipy.spatial.distance.cosine has it.
  it.each([
    [[1, 2, 3], [4, 5, 6], 0.025368153802923787],
    [[1, 0], [1, 1], 0.29289321881345254],
    [[1, 0], [0, 1], 1],
    [[1, 2], [-1, -2], 2],
    [[3, 4], [6, 8], 0],
  ])('%j and %j are %f apart', (first, second, distance) => {
    expect(cosineDistance(first, second)).toBeCloseTo(distance, 14);
  });

  it('tells small angles apart, where 1 − cos has no digits left', () => {
    expect(cosineDistance([1, 0], [1, 1e-9]) / 5e-19).toBeCloseTo(1, 6);
  });

  it('is the same for huge and for tiny vectors', () => {
    for (const unit of [Number.MAX_VALUE / 2, 1e200, 1e-200, 1e-307]) {
      expect(cosineDistance([unit, 0], [unit, unit])).toBeCloseTo(0.29289321881345254, 14);
      expect(cosineDistance([unit, 0], [1, 1])).toBeCloseTo(0.29289321881345254, 14);
    }
    expect(cosineDistance([Number.MIN_VALUE, 0], [0, Number.MAX_VALUE])).toBe(1);
  });

  it('states what has no direction, or another length', () => {
    expect(cosineDistance([0, 0], [0, -0])).toBe(0);
    expect(cosineDistance([0, 0], [1, 0])).toBe(1);
    expect(cosineDistance([1, 0], [0, 0])).toBe(1);
    expect(cosineDistance([1, 2], [1, 2, 0])).toBe(1);
  });

  it('is 0 for the same, symmetric and from 0 to 2', () => {
    const vector = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(vector, vector, (first, second) => {
        const distance = cosineDistance(first, second);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(2);
        expect(cosineDistance(second, first)).toBe(distance);
        expect(cosineDistance(first, [...first])).toBe(0);
      }),
    );
  });
});
