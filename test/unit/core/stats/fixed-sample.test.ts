import { describe, expect, it } from 'vitest';
import { chiSquared } from '../../../../src/core/stats/chi-squared.ts';
import { exactMcnemar } from '../../../../src/core/stats/exact-mcnemar.ts';
import { ksTail } from '../../../../src/core/stats/ks-tail.ts';
import { ksTwoSample } from '../../../../src/core/stats/ks-two-sample.ts';
import { mannWhitney } from '../../../../src/core/stats/mann-whitney.ts';
import { upperGamma } from '../../../../src/core/stats/upper-gamma.ts';

// All expected numbers: scipy 1.17.1, by ks_2samp(method='exact'), kstwobign.sf, mannwhitneyu(method='asymptotic'),
// chi2_contingency(correction=False), binomtest and special.gammaincc.
const first = [-0.2, 1, -0.4, 1, 1.9, 1.3, 0.9, 2.1, -1.6, 0.6, -0.9, 1.4, 0.3, -0.1, 0.5, 0.9, 0.7, 0.1, 0, 0.4];
const second = [0.1, 0.2, 1.3, 1, 0, -0.6, -1, 0.2, -0.3, 0.1, -0.2, -0.1, 0.9, 1.9, 0.5, 1, 1, 1.1, 2.4, 2.9];
const steps = (length: number, { shift = 0, size = length } = {}): number[] =>
  Array.from({ length }, (_, index) => index / size + shift);
const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });

describe('classical tests', () => {
  it.each([
    [first, second, 0.15, 0.9831368772656193],
    [steps(50), steps(50, { shift: 0.23 }), 0.24, 0.11238524845512393],
    [steps(500), steps(500, { shift: 0.1101 }), 0.112, 0.003751031948977854],
    [steps(50), steps(40, { shift: 0.23 }), 0.245, 0.1182496010500543],
  ])('Kolmogorov–Smirnov', (one, other, statistic, pValue) => {
    const test = ksTwoSample(one, other);
    expect(test.statistic).toBeCloseTo(statistic, 12);
    expect(test.pValue).toBeCloseTo(pValue, 9);
  });

  // ks_2samp(method='exact'), ten digits of even the smallest.
  it.each([
    [337, 6, 0.1, 0.10286844708209693, 0.9999977699084623],
    [337, 6, 0.35, 0.3526211671612265, 0.36738308689148214],
    [6, 337, -0.35, 0.3526211671612265, 0.36738308689148214],
    [7, 3, 0.5, 0.5714285714285714, 0.4],
    [1, 2, 0.3, 1, 0.6666666666666666],
    [1000, 30, 0.2, 0.201, 0.16556785942834637],
    [3000, 7, 0.9, 0.9, 2.1736041924495967e-7],
    [900, 1000, 0.3, 0.3011111111111111, 2.1190000571626534e-38],
  ])('Kolmogorov–Smirnov of %d and %d, exact', (n, m, shift, statistic, pValue) => {
    const test = ksTwoSample(steps(n), steps(m, { shift }));
    expect(test.statistic).toBeCloseTo(statistic, 12);
    expect(Math.abs(test.pValue / pValue - 1)).toBeLessThan(1e-10);
  });

  // kstwo.sf(D, N), N = nm/(n + m) rounded: what ks_2samp(method='asymp') gives; farthest off where N is 6.
  it.each([
    [20_000, 15_000, 0.02, 0.002075777528008902],
    [30_000, 29_000, 0.0125, 0.019773708676009066],
    [4_000_000, 6, 0.35, 0.36677679783950634],
    [4_000_000, 6, 0.6, 0.013503703703703709],
    [1_000_000, 40, 0.2, 0.07048187616884194],
  ])('Kolmogorov–Smirnov of %d and %d at %d, approximated', (n, m, distance, pValue) => {
    expect(Math.abs(ksTail({ n, m, steps: Math.round(distance * n * m) }) - pValue)).toBeLessThan(
      n === 4_000_000 ? 2.5e-3 : 3e-4,
    );
  });

  it.each([
    [first, second, 195, 0.9029578422232144],
    [steps(50), steps(40, { shift: 0.23 }), 597, 0.0010815764351071917],
  ])('Mann–Whitney, with ties', (one, other, statistic, pValue) => {
    const test = mannWhitney(one, other);
    expect(test.statistic).toBe(statistic);
    expect(test.pValue).toBeCloseTo(pValue, 12);
  });

  it.each([
    [[90, 10], [80, 20], 3.9215686274509807, 0.04767038065616147],
    [[90, 10, 5], [80, 20, 9], 4.991403289144404, 0.08243858850636372],
    [[500, 300, 150, 50], [450, 330, 140, 80], 11.32805488522367, 0.010077998103499764],
  ])('chi-squared', (one, other, statistic, pValue) => {
    const test = chiSquared(one, other);
    expect(test.statistic).toBeCloseTo(statistic, 10);
    expect(test.pValue).toBeCloseTo(pValue, 12);
    expect(chiSquared([...one, 0], [...other, 0]).pValue).toBeCloseTo(pValue, 12);
  });

  it.each([
    [10, 2, 0.03857421875],
    [5, 5, 1],
    [40, 17, 0.0032015437674503813],
    [0, 3, 0.25],
    [120, 260, 5.492102178976805e-13],
    [0, 0, 1],
  ])('exact McNemar of %d and %d', (one, other, pValue) => {
    const found = exactMcnemar(one, other).pValue;
    expect(Math.abs(found / pValue - 1)).toBeLessThan(1e-9);
  });

  it('say that they are for a fixed sample', () => {
    for (const test of [
      ksTwoSample(first, second),
      mannWhitney(first, second),
      chiSquared([1, 2], [2, 1]),
      exactMcnemar(1, 2),
    ]) {
      expect(test.validity).toBe('fixed-sample');
    }
  });

  it('find no difference where there can be none', () => {
    expect(ksTwoSample(first, first).pValue).toBe(1);
    expect(mannWhitney([1, 1], [1, 1]).pValue).toBe(1);
    expect(chiSquared([7, 0], [9, 0]).pValue).toBe(1);
  });

  it('refuse what is no sample', () => {
    for (const test of [ksTwoSample, mannWhitney]) {
      expect(() => test([], [1])).toThrow(refused);
      for (const wrong of [[1, undefined], ['a'], ['1'], [null], new Array(2), null, '12']) {
        expect(() => test(wrong as number[], [1, 2])).toThrow(refused);
        expect(() => test([1, 2], wrong as number[])).toThrow(refused);
      }
      expect(() => test([1], [Number.NaN])).toThrow(refused);
    }
    expect(() => chiSquared([1], [1, 2])).toThrow(refused);
    expect(() => chiSquared([0], [1])).toThrow(refused);
    expect(() => chiSquared(null as never, [1])).toThrow(refused);
    expect(() => chiSquared(new Array(2), [1, 2])).toThrow(refused);
    expect(() => exactMcnemar(-1, 2)).toThrow(refused);
  });
});

describe('upper incomplete gamma function', () => {
  it.each([
    [0.5, 0.1, 0.6547208460185768],
    [0.5, 12.3, 7.055173404412225e-7],
    [3.5, 2.2, 0.7327230835638652],
    [40, 55.5, 0.012479456835516246],
    [1, 0.7, 0.4965853037914095],
    [200, 150, 0.9999429031142579],
    [1, 0, 1],
  ])('Q(%d, %d)', (a, x, expected) => {
    expect(Math.abs(upperGamma(a, x) / expected - 1)).toBeLessThan(1e-11);
  });
});
