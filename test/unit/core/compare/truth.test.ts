import { describe, expect, it } from 'vitest';
import { compareWithTruth, truthLabel } from '../../../../src/core/compare/truth.ts';
import { labelOfText, normalText } from '../../../../src/core/decide/normal-text.ts';
import type { Decision } from '../../../../src/model.ts';
import { late } from '../pairs.ts';

const digit: Decision = { ...late, kind: 'classes' };
const species: Decision = { ...late, kind: 'label' };
const shelf: Decision = { ...late, kind: 'ranking', top: 5, material: null };
const summary: Decision = { ...late, kind: 'text', material: null };
const meaning: Decision = { ...late, kind: 'vector' };
const eta: Decision = { ...late, kind: 'regression', scale: [0, 300] };

describe('truthLabel', () => {
  it.each([
    [late, true, 'true'],
    [late, 0, 'false'],
    [late, 'true', 'true'],
    [digit, 3, '3'],
    [digit, '07', '7'],
    [species, 'setosa', 'setosa'],
    [species, 4, '4'],
    [eta, 17.25, '17.25'],
    [shelf, 'sku-7', 'sku-7'],
    [shelf, 7, '7'],
    [shelf, 2n ** 60n, '1152921504606846976'],
    [summary, ' two\nlines ', 'two lines'],
    [summary, 'cafe\u0301', 'café'],
    [summary, `${'long '.repeat(100)}\n`, labelOfText(normalText('long '.repeat(100)))],
  ])('writes the value as the decision’s labels are written', (decision, value, label) => {
    expect(truthLabel(decision, value)).toBe(label);
  });

  it.each([
    [late, 'yes'],
    [late, 2],
    [late, null],
    [digit, -1],
    [digit, 1.5],
    [digit, 'cat'],
    [species, null],
    [species, 0.5],
    [species, { label: 'a' }],
    [eta, '17'],
    [eta, Number.NaN],
    [eta, undefined],
    [shelf, ''],
    [shelf, 1.5],
    [shelf, ['sku-7']],
    [summary, 5],
    [summary, null],
  ])('refuses what does not fit with a code', (decision, value) => {
    expect(() => truthLabel(decision, value)).toThrow(expect.objectContaining({ code: 'OUTCOME_INVALID' }));
  });
});

describe('a vector', () => {
  it('has no true outcome', () => {
    expect(() => truthLabel(meaning, [1, 0])).toThrow('late is a vector: it has no true outcome to compare with');
  });
});

describe('compareWithTruth', () => {
  it('gives a regression the benefit of 5 % of its scale', () => {
    expect(compareWithTruth(eta, { production: '100', arm: '120', truth: '110' })).toBe(0);
    expect(compareWithTruth(eta, { production: '100', arm: '130', truth: '110' })).toBe(1);
    expect(compareWithTruth(eta, { production: '60', arm: '115', truth: '110' })).toBe(-1);
  });
});
