import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { predict, predictAll, predictionKinds } from '../../../../src/core/decide/index.ts';
import type { Decision, ModelAnswer, Tensor } from '../../../../src/model.ts';

const base: Decision = {
  name: 'late',
  output: 'probabilities',
  column: null,
  kind: 'binary',
  threshold: 0.5,
  scale: null,
  material: 0.05,
};

function answer(...outputs: (Partial<Tensor> & { data: unknown[] })[]): ModelAnswer {
  const tensors = outputs.map((output) => ({
    name: 'probabilities',
    datatype: 'FP32',
    shape: [1, output.data.length],
    ...output,
  }));
  return { modelName: null, modelVersion: null, degraded: false, outputs: tensors as Tensor[] };
}

describe('binary', () => {
  const late = { ...base, column: 1 };

  it('is true above the threshold and false at it', () => {
    expect(predict(late, answer({ data: [0.2, 0.8] }))).toEqual({
      kind: 'binary',
      label: 'true',
      scores: [0.8],
      value: null,
      confidence: 0.8,
    });
    expect(predict(late, answer({ data: [0.5, 0.5] }))).toMatchObject({ label: 'false', confidence: 0.5 });
  });

  it('has no confidence when the score is no probability', () => {
    expect(predict({ ...base, threshold: 0 }, answer({ data: [3.2] }))).toMatchObject({
      label: 'true',
      confidence: null,
    });
  });

  it('is no answer when the threshold says probability and the score is none', () => {
    for (const score of [7, 1.00001, -0.001, 1e308]) {
      expect(predict(base, answer({ data: [score] }))).toEqual({ problem: 'out_of_range' });
    }
    expect(predict(base, answer({ data: [1.0000001] }))).toMatchObject({ label: 'true' });
  });

  it('reads booleans and integers as numbers', () => {
    expect(predict(base, answer({ data: [true] }))).toMatchObject({ label: 'true', scores: [1] });
    expect(predict(base, answer({ data: [0n] }))).toMatchObject({ label: 'false', scores: [0] });
  });
});

describe('classes', () => {
  const digit: Decision = { ...base, kind: 'classes', threshold: null };

  it('names the largest score by its index, the first of equals', () => {
    expect(predict(digit, answer({ data: [0.1, 0.6, 0.3] }))).toEqual({
      kind: 'classes',
      label: '1',
      scores: [0.1, 0.6, 0.3],
      value: null,
      confidence: 0.6,
    });
    expect(predict(digit, answer({ data: [2, 2] }))).toMatchObject({ label: '0', confidence: null });
  });

  it('refuses a row with a hole', () => {
    expect(predict(digit, answer({ data: [0.1, null, 0.9] }))).toEqual({ problem: 'not_numeric' });
    expect(predict(digit, answer({ data: [0.1, Number.NaN] }))).toEqual({ problem: 'not_finite' });
  });
});

describe('label', () => {
  const species: Decision = { ...base, kind: 'label', threshold: null };

  it.each([
    ['setosa', 'setosa'],
    [3, '3'],
    [2n ** 60n, '1152921504606846976'],
    [true, 'true'],
    ['', ''],
  ])('reads %s as text', (value, label) => {
    expect(predict(species, answer({ data: [value] }))).toMatchObject({ label, scores: [], confidence: null });
  });

  it('has none for a missing value or NaN', () => {
    expect(predict(species, answer({ data: [null] }))).toEqual({ problem: 'empty' });
    expect(predict(species, answer({ data: [Number.NaN] }))).toEqual({ problem: 'not_finite' });
  });
});

describe('regression', () => {
  const eta: Decision = { ...base, kind: 'regression', threshold: null, scale: [0, 300] };

  it('keeps the value, and its text as the label', () => {
    expect(predict(eta, answer({ data: [42.5], shape: [1] }))).toEqual({
      kind: 'regression',
      label: '42.5',
      scores: [],
      value: 42.5,
      confidence: null,
    });
  });

  it('refuses infinities and text', () => {
    expect(predict(eta, answer({ data: [Number.POSITIVE_INFINITY] }))).toEqual({ problem: 'not_finite' });
    expect(predict(eta, answer({ data: ['42'] }))).toEqual({ problem: 'not_numeric' });
  });
});

describe('vector', () => {
  const meaning: Decision = { ...base, kind: 'vector', threshold: null };

  it('is the whole row, without a label', () => {
    expect(predict(meaning, answer({ data: [0.25, -3, 1e300, 2n ** 60n, true] }))).toEqual({
      kind: 'vector',
      label: '',
      scores: [],
      value: null,
      confidence: null,
      vector: [0.25, -3, 1e300, 2 ** 60, 1],
    });
    expect(predict(meaning, answer({ data: [5], shape: [] }))).toMatchObject({ vector: [5] });
  });

  it.each([
    ['not_finite', [1, Number.NaN]],
    ['not_finite', [1, Number.NEGATIVE_INFINITY]],
    ['not_numeric', [1, null]],
    ['not_numeric', ['1']],
    ['empty', []],
  ])('says %s', (problem, data) => {
    expect(predict(meaning, answer({ data }))).toEqual({ problem });
  });

  it('is one row', () => {
    expect(predict(meaning, answer({ data: [1, 2, 3, 4], shape: [2, 2] }))).toEqual({ problem: 'not_one_row' });
  });
});

describe('ranking', () => {
  const items: Decision = { ...base, kind: 'ranking', threshold: null, top: 3, material: null };

  it('is the ids that count, the first of them the label', () => {
    expect(predict(items, answer({ data: [7, 3, 9, 4] }))).toEqual({
      kind: 'ranking',
      label: '7',
      scores: [],
      value: null,
      confidence: null,
      items: ['7', '3', '9'],
    });
    expect(predict(items, answer({ datatype: 'BYTES', data: ['b', 'a'] }))).toMatchObject({ items: ['b', 'a'] });
  });

  it('knows an item whatever type carried its id, and every digit of it', () => {
    expect(predict(items, answer({ data: [3n, '4', -0] }))).toMatchObject({ items: ['3', '4', '0'] });
    expect(predict(items, answer({ data: [2n ** 63n - 1n, 2n ** 63n - 2n] }))).toMatchObject({
      items: ['9223372036854775807', '9223372036854775806'],
    });
  });

  it('counts an id once, and passes over empty places', () => {
    expect(predict(items, answer({ data: [7, 7, '', null, 3, 7, 9, 4] }))).toMatchObject({ items: ['7', '3', '9'] });
  });

  it('may be empty: nothing was found', () => {
    expect(predict(items, answer({ data: [], shape: [1, 0] }))).toMatchObject({ label: '', items: [] });
    expect(predict(items, answer({ data: ['', ''] }))).toMatchObject({ label: '', items: [] });
  });

  it.each([
    ['not_an_id', [1, 2.5]],
    ['not_an_id', [2 ** 53]],
    ['not_an_id', [true]],
    ['not_finite', [Number.NaN]],
  ])('says %s', (problem, data) => {
    expect(predict(items, answer({ data }))).toEqual({ problem });
  });

  it.each([undefined, 0, 1.5, Number.NaN])('requires top, not %s', (top) => {
    const { top: _, ...without } = items;
    const decision = top === undefined ? without : { ...items, top };
    expect(predict(decision, answer({ data: [1] }))).toEqual({ problem: 'undeclared' });
  });
});

describe('text', () => {
  const summary: Decision = { ...base, kind: 'text', threshold: null, material: null };

  it('is the text without what does not count', () => {
    expect(predict(summary, answer({ datatype: 'BYTES', data: ['  cafe\u0301\n\tau\u00a0lait '] }))).toEqual({
      kind: 'text',
      label: 'café au lait',
      scores: [],
      value: null,
      confidence: null,
      text: 'café au lait',
    });
    expect(predict(summary, answer({ data: [''] }))).toMatchObject({ label: '', text: '' });
  });

  it.each([
    ['not_text', [5]],
    ['not_text', [null]],
    ['not_text', [true]],
    ['not_one_row', ['a', 'b']],
    ['empty', []],
  ])('says %s', (problem, data) => {
    expect(predict(summary, answer({ data }))).toEqual({ problem });
  });
});

describe('problems', () => {
  it.each([
    ['output_missing', base, answer({ name: 'other', data: [1] })],
    ['column_missing', { ...base, column: 7 }, answer({ data: [0.1, 0.9] })],
    ['empty', base, answer({ data: [] })],
    ['not_one_row', base, answer({ data: [0.1, 0.9], shape: [2, 1] })],
    ['not_one_row', base, answer({ data: [0.1, 0.9] })],
    ['not_one_row', { ...base, kind: 'classes' }, answer({ data: [0.1, 0.9, 0.8, 0.2], shape: [2, 2] })],
    ['not_one_row', { ...base, column: 0 }, answer({ data: [0.1, 0.9], shape: [2, 1] })],
    ['undeclared', { ...base, threshold: null }, answer({ data: [0.1] })],
  ] as const)('says %s', (problem, decision, given) => {
    expect(predict(decision, given)).toEqual({ problem });
  });

  it('names the first decision that cannot be read', () => {
    const decisions = [
      { ...base, column: 1 },
      { ...base, name: 'gone', output: 'gone' },
    ];
    expect(predictAll(decisions, answer({ data: [0.2, 0.8] }))).toEqual({
      problem: 'output_missing',
      decision: 'gone',
    });
    expect(predictAll(decisions.slice(0, 1), answer({ data: [0.2, 0.8] }))).toMatchObject({
      predictions: { late: { label: 'true' } },
    });
  });

  it('never throws and never gives a number that is not finite', () => {
    const value = fc.oneof(
      fc.double(),
      fc.string(),
      fc.boolean(),
      fc.bigInt(),
      fc.constant(null),
      fc.constant(undefined),
    );
    const tensor = fc.record({
      name: fc.constant('probabilities'),
      datatype: fc.constant('FP32'),
      shape: fc.array(fc.integer({ min: -1, max: 5 }), { maxLength: 4 }),
      data: fc.array(value, { maxLength: 6 }),
    });
    const kind = fc.constantFrom(...predictionKinds);
    const column = fc.oneof(fc.constant(null), fc.nat(6));
    fc.assert(
      fc.property(tensor, kind, column, (output, ofKind, at) => {
        const read = predict(
          { ...base, kind: ofKind, column: at, scale: [0, 1], top: 2 },
          answer(output as Parameters<typeof answer>[0]),
        );
        if (!('problem' in read))
          expect([...read.scores, ...(read.vector ?? []), read.value ?? 0].every(Number.isFinite)).toBe(true);
      }),
    );
  });
});
