import { describe, expect, it } from 'vitest';
import { meanLogE, minLogE } from '../../../../src/core/stats/compose.ts';

describe('composition of e-processes', () => {
  it('takes the mean for "any of" and the minimum for "all of"', () => {
    const logEs = [Math.log(8), Math.log(2), Math.log(2)];
    expect(meanLogE(logEs)).toBeCloseTo(Math.log(4), 12);
    expect(minLogE(logEs)).toBeCloseTo(Math.log(2), 12);
  });

  it('knows nothing of nothing', () => {
    expect(meanLogE([])).toBe(0);
    expect(minLogE([])).toBe(0);
  });

  it('refuses what is no log e-value', () => {
    const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });
    for (const compose of [meanLogE, minLogE]) {
      for (const wrong of [[Number.NaN, 1], [1, undefined], ['1'], [Number.POSITIVE_INFINITY], null, new Array(2)]) {
        expect(() => compose(wrong as number[])).toThrow(refused);
      }
    }
  });

  it('is not moved by a ruined one in the mean, and is by it in the minimum', () => {
    expect(meanLogE([Number.NEGATIVE_INFINITY, Math.log(4)])).toBeCloseTo(Math.log(2), 12);
    expect(minLogE([Number.NEGATIVE_INFINITY, Math.log(4)])).toBe(Number.NEGATIVE_INFINITY);
  });
});
