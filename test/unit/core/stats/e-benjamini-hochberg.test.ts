import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eBenjaminiHochberg } from '../../../../src/core/stats/e-benjamini-hochberg.ts';

/** Straight from the definition: the largest k for which at least k e-values reach M/(alpha k). */
function byDefinition(es: readonly number[], alpha: number): number {
  let most = 0;
  for (let k = 1; k <= es.length; k++) {
    if (es.filter((e) => e >= (es.length / (alpha * k)) * (1 - 1e-12)).length >= k) most = k;
  }
  return most;
}

describe('e-Benjamini–Hochberg', () => {
  it('rejects as many as the definition says, the largest', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 12, noNaN: true }), { maxLength: 40 }), (logEs) => {
        const rejected = eBenjaminiHochberg(logEs, { alpha: 0.05 });
        expect(rejected).toHaveLength(byDefinition(logEs.map(Math.exp), 0.05));
        const least = Math.min(...rejected.map((at) => logEs[at] as number));
        const others = logEs.filter((_, at) => !rejected.includes(at));
        expect(others.every((logE) => logE <= least)).toBe(true);
      }),
    );
  });

  it('rejects at the threshold exactly, and with a friend at half of it', () => {
    expect(eBenjaminiHochberg([Math.log(200), 0], { alpha: 0.01 })).toEqual([0]);
    expect(eBenjaminiHochberg([Math.log(199), 0], { alpha: 0.01 })).toEqual([]);
    expect(eBenjaminiHochberg([Math.log(199), Math.log(100)], { alpha: 0.01 })).toEqual([0, 1]);
  });

  it('weighs: a half needs twice as much as a whole', () => {
    expect(eBenjaminiHochberg([Math.log(200), Math.log(600)], { alpha: 0.01, weights: [1 / 2, 1 / 6] })).toEqual([
      0, 1,
    ]);
    expect(eBenjaminiHochberg([Math.log(199), Math.log(299)], { alpha: 0.01, weights: [1 / 2, 1 / 6] })).toEqual([]);
  });

  it('rejects nothing of nothing', () => {
    expect(eBenjaminiHochberg([], { alpha: 0.01 })).toEqual([]);
  });

  it.each([
    [[Number.NaN], { alpha: 0.01 }],
    [[undefined as never], { alpha: 0.01 }],
    [['1' as never], { alpha: 0.01 }],
    [null as never, { alpha: 0.01 }],
    [[0], { alpha: 0 }],
    [[0], { alpha: 1 }],
    [[0, 0], { alpha: 0.01, weights: [1] }],
    [[0, 0], { alpha: 0.01, weights: [0.7, 0.7] }],
    [[0], { alpha: 0.01, weights: [0] }],
    [[0], { alpha: 0.01, weights: ['0.5' as never] }],
  ])('refuses %o with %o', (logEs, options) => {
    expect(() => eBenjaminiHochberg(logEs, options)).toThrow(
      expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }),
    );
  });
});
