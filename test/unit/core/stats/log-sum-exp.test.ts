import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logSumExp } from '../../../../src/core/stats/log-sum-exp.ts';

describe('logSumExp', () => {
  it('adds in the log domain', () => {
    expect(logSumExp([Math.log(1), Math.log(3)])).toBeCloseTo(Math.log(4), 14);
  });

  it('neither overflows nor underflows', () => {
    expect(logSumExp([100_000, 100_000])).toBeCloseTo(100_000 + Math.LN2, 10);
    expect(logSumExp([-100_000, -100_000])).toBeCloseTo(-100_000 + Math.LN2, 10);
  });

  it('gives the logarithm of zero for nothing and for zeros', () => {
    expect(logSumExp([])).toBe(Number.NEGATIVE_INFINITY);
    expect(logSumExp([Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY])).toBe(Number.NEGATIVE_INFINITY);
  });

  it('does not pass over what is no number', () => {
    expect(logSumExp([Number.NaN, 1])).toBeNaN();
    expect(logSumExp([1, 2, Number.NaN])).toBeNaN();
  });

  it('agrees with the plain sum where that can be computed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -300, max: 300, noNaN: true }), { minLength: 1, maxLength: 40 }),
        (terms) => {
          const plain = Math.log(terms.reduce((sum, term) => sum + Math.exp(term), 0));
          expect(Math.abs(logSumExp(terms) - plain)).toBeLessThan(1e-12 * (1 + Math.abs(plain)));
        },
      ),
    );
  });
});
