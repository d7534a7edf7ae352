import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mcnemarLogE } from '../../../../src/core/stats/mcnemar.ts';

const shares = [0.52, 0.55, 0.6, 0.7, 0.8, 0.9, 0.97];

describe('McNemar’s e-process', () => {
  it('equals the product over the discordant pairs', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.nat(60), (first, second) => {
        const wealth = shares.reduce((sum, theta) => sum + (2 * theta) ** first * (2 * (1 - theta)) ** second, 0) / 7;
        expect(Math.abs(mcnemarLogE(first, second) - Math.log(wealth))).toBeLessThan(1e-9);
      }),
    );
  });

  it('averages exactly 1 over an even coin', () => {
    let mean = 0;
    let ways = 1;
    for (let first = 0; first <= 12; first++) {
      mean += (ways / 2 ** 12) * Math.exp(mcnemarLogE(first, 12 - first));
      ways = (ways * (12 - first)) / (first + 1);
    }
    expect(Math.abs(mean - 1)).toBeLessThan(1e-12);
  });

  it('refuses what is no count', () => {
    for (const wrong of [-1, 0.5, Number.NaN]) {
      expect(() => mcnemarLogE(wrong, 1)).toThrow(expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }));
    }
  });
});
