// Metrics of the answers themselves: confidence, defaults, collapse, missing rows. Every number below follows from the definition.
import { describe, expect, it } from 'vitest';
import { type MetricContext, metricNamed } from '../../../../src/core/compare/index.ts';
import type { Observation } from '../../../../src/core/stats/statistic.ts';
import type { Decision, Outcome, Pair, Prediction } from '../../../../src/model.ts';
import { binary, failing, late, ok, pairOf } from '../pairs.ts';

const limit: MetricContext = { decision: late, against: 'limit' };
const control: MetricContext = { decision: late, against: 'control' };
const failures: Outcome['status'][] = ['error', 'timeout', 'invalid', 'unavailable'];

type Options = Readonly<Record<string, unknown>>;

function observer(name: string, options: Options = {}) {
  const metric = metricNamed(name, options);
  if (metric === undefined) throw new Error(`no metric ${name} with ${JSON.stringify(options)}`);
  return (pair: Pair, context: MetricContext = limit): Observation | null => metric.observe(pair, context);
}

const sure = (confidence: number | null, score = 0.9): Prediction => ({ ...binary(score), confidence });

describe('low-confidence', () => {
  const observe = observer('low-confidence', { bar: 0.6 });

  it('is 1 below the bar and 0 at it or above', () => {
    expect(observe(pairOf(sure(0.9), ok(sure(0.59))))).toBe(1);
    expect(observe(pairOf(sure(0.9), ok(sure(0.6))))).toBe(0);
    expect(observe(pairOf(sure(0.1), ok(sure(0.95))))).toBe(0);
  });

  it('asks where some confidence is known; one that only the arm lacks is low', () => {
    expect(observe(pairOf(sure(null), ok(sure(null))))).toBeNull();
    expect(observe(pairOf(sure(0.9), ok(sure(null))))).toBe(1);
    expect(observe(pairOf(sure(null), ok(sure(0.9))))).toBe(0);
  });

  it('against the control subtracts the control’s own', () => {
    expect(observe(pairOf(sure(0.9), ok(sure(0.5)), ok(sure(0.9))), control)).toBe(1);
    expect(observe(pairOf(sure(0.9), ok(sure(0.9)), ok(sure(0.5))), control)).toBe(-1);
    expect(observe(pairOf(sure(0.9), ok(sure(0.5)), failing('error')), control)).toBeNull();
  });

  it.each([{}, { bar: 0 }, { bar: 1 }, { bar: Number.NaN }, { bar: Number.POSITIVE_INFINITY }, { bar: '0.6' }])(
    'is not made with %o',
    (options) => expect(metricNamed('low-confidence', options)).toBeUndefined(),
  );

  it('applies to scores alone', () => {
    const kinds = ['binary', 'classes', 'label', 'regression', 'text'] as const;
    const metric = metricNamed('low-confidence', { bar: 0.6 });
    expect(kinds.filter((kind) => metric?.applies(kind))).toEqual(['binary', 'classes']);
  });
});

describe('confidence-fall', () => {
  it('is 1 for a fall by more than 0.1, or by what was said', () => {
    const observe = observer('confidence-fall');
    expect(observe(pairOf(sure(0.9), ok(sure(0.79))))).toBe(1);
    expect(observe(pairOf(sure(0.75), ok(sure(0.65))))).toBe(0);
    expect(observe(pairOf(sure(0.6), ok(sure(0.9))))).toBe(0);
    expect(observer('confidence-fall', { by: 0.2 })(pairOf(sure(0.9), ok(sure(0.79))))).toBe(0);
  });

  it('asks where production’s confidence is known; an arm without one lost all of it', () => {
    const observe = observer('confidence-fall');
    expect(observe(pairOf(sure(null), ok(sure(0.1))))).toBeNull();
    expect(observe(pairOf(sure(0.9), ok(sure(null))))).toBe(1);
    expect(observe(pairOf(sure(0.9), ok(sure(0.7)), ok(sure(0.7))), control)).toBe(0);
  });

  it.each([{ by: 0 }, { by: 1 }, { by: -0.1 }, { by: Number.NaN }])('is not made with %o', (options) =>
    expect(metricNamed('confidence-fall', options)).toBeUndefined(),
  );
});

describe('default-match', () => {
  const of = (kind: Decision['kind'], changed: Partial<Decision> = {}): MetricContext => ({
    ...limit,
    decision: { ...late, kind, ...changed },
  });
  const labelled = (kind: Prediction['kind'], label: string): Prediction => ({ ...binary(0), kind, scores: [], label });

  it('binary: the score, to six digits', () => {
    const observe = observer('default-match', { value: 0.3 });
    expect(observe(pairOf(binary(0.9), ok(binary(Math.fround(0.3)))))).toBe(1);
    expect(observe(pairOf(binary(0.9), ok(binary(0.300001))))).toBe(0);
    expect(observe(pairOf(binary(0.3), ok(binary(0.9))))).toBe(0);
    expect(observe(pairOf(binary(0.3), ok(binary(Number.NaN))))).toBe(0);
  });

  it('regression: the value, and 0 is only 0', () => {
    const value = (number: number): Prediction => ({ ...labelled('regression', String(number)), value: number });
    const context = of('regression', { scale: [0, 300] });
    expect(observer('default-match', { value: 0 })(pairOf(value(9), ok(value(0))), context)).toBe(1);
    expect(observer('default-match', { value: 0 })(pairOf(value(9), ok(value(1e-9))), context)).toBe(0);
    expect(observer('default-match', { value: 12.5 })(pairOf(value(9), ok(value(12.50001))), context)).toBe(1);
  });

  it.each([
    ['classes', 2, '2', '1'],
    ['classes', '02', '2', '1'],
    ['label', 'unknown', 'unknown', 'Unknown'],
    ['label', 3, '3', '4'],
    ['label', false, 'false', 'true'],
  ] as const)('%s: the label %o', (kind, value, same, other) => {
    const observe = observer('default-match', { value });
    expect(observe(pairOf(labelled(kind, 'x'), ok(labelled(kind, same))), of(kind))).toBe(1);
    expect(observe(pairOf(labelled(kind, 'x'), ok(labelled(kind, other))), of(kind))).toBe(0);
  });

  it.each([
    ['binary', 'none', /a score, as a number/],
    ['regression', true, /requires a number/],
    ['classes', 'cat', /a class index/],
    ['classes', -1, /a class index/],
    ['label', 0.5, /a label/],
    ['text', 3, /a text/],
  ] as const)('%s: %o does not fit, and counts nothing', (kind, value, why) => {
    const metric = metricNamed('default-match', { value });
    const { decision } = of(kind);
    expect(metric?.whyUnfit?.(decision as Decision)).toEqual({ option: 'value', why: expect.stringMatching(why) });
    const pair = pairOf(labelled(kind, 'x'), ok(labelled(kind, String(value))));
    expect(metric?.observe(pair, of(kind))).toBeNull();
  });

  it.each([{ value: Number.NaN }, { value: Number.NEGATIVE_INFINITY }, { value: '' }, { value: null }])(
    'is not made with %o',
    (options) => expect(metricNamed('default-match', options)).toBeUndefined(),
  );

  it('without a value counts nothing, and says what it would be judged with once the arm has answered', () => {
    const metric = metricNamed('default-match', {});
    expect(metric?.observe(pairOf(binary(0.9), ok(binary(0.9))), limit)).toBeNull();
    expect(metric?.whyUnfit?.(late)).toBeNull();
    expect(metric?.learn?.(binary(0.07))).toEqual({ value: 0.07 });
    expect(metric?.learn?.({ ...labelled('regression', '12.5'), value: 12.5 })).toEqual({ value: 12.5 });
    expect(metric?.learn?.(labelled('classes', '2'))).toEqual({ value: '2' });
    expect(metric?.learn?.(labelled('label', 'unknown'))).toEqual({ value: 'unknown' });
    for (const nothing of [binary(Number.NaN), labelled('text', ''), labelled('regression', 'x')]) {
      expect(metric?.learn?.(nothing)).toBeNull();
    }
    expect(metricNamed('default-match', { value: 0.07 })?.learn).toBeUndefined();
  });

  it.each([
    ['classes', '2'],
    ['label', 'false'],
    ['label', '3'],
    ['text', 'text of 300 characters, siphash 00'],
  ] as const)('%s: an answer of %s, learned, is matched by the same answer', (kind, label) => {
    const options = metricNamed('default-match', {})?.learn?.(labelled(kind, label)) ?? {};
    const observe = observer('default-match', options as Record<string, unknown>);
    expect(observe(pairOf(labelled(kind, 'x'), ok(labelled(kind, label))), of(kind))).toBe(1);
    expect(observe(pairOf(labelled(kind, 'x'), ok(labelled(kind, '1'))), of(kind))).toBe(0);
  });
});

describe('collapse', () => {
  const observe = observer('collapse');
  const before = (production: number, arm: number | null, other: number | null = null): Pair['previous'] => {
    const of = (score: number | null) => (score === null ? null : { [late.name]: binary(score) });
    return { production: of(production) ?? {}, arm: of(arm), control: of(other) };
  };
  const pair = (previous: Pair['previous'], ...rest: [Prediction, Outcome, Outcome?]): Pair => ({
    ...pairOf(...rest),
    previous: previous ?? null,
  });

  it('is 1 when production told two requests apart and the arm did not', () => {
    expect(observe(pair(before(0.2, 0.5), binary(0.8), ok(binary(0.5))))).toBe(1);
    expect(observe(pair(before(0.2, 0.5), binary(0.8), ok(binary(0.500001))))).toBe(0);
  });

  it('counts only pairs that follow another, answered on both, that production told apart', () => {
    expect(observe(pair(null, binary(0.8), ok(binary(0.5))))).toBeNull();
    expect(observe(pairOf(binary(0.8), ok(binary(0.5))))).toBeNull();
    expect(observe(pair(before(0.8, 0.5), binary(0.8), ok(binary(0.5))))).toBeNull();
    expect(observe(pair(before(0.2, null), binary(0.8), ok(binary(0.5))))).toBeNull();
    expect(observe(pair(before(0.2, 0.5), binary(0.8), failing('timeout')))).toBeNull();
  });

  it('the same label with other scores is no collapse; the same vector is', () => {
    const vector = (...numbers: number[]): Prediction => ({
      ...binary(0),
      kind: 'vector',
      scores: [],
      vector: numbers,
    });
    const context = { ...limit, decision: { ...late, kind: 'vector' } satisfies Decision };
    const previous = { production: { late: vector(1, 0) }, arm: { late: vector(1, 1) }, control: null };
    expect(observe(pair(previous, vector(0, 1), ok(vector(1, 1))), context)).toBe(1);
    expect(observe(pair(previous, vector(0, 1), ok(vector(1, 2))), context)).toBe(0);
    expect(observe(pair(before(0.2, 0.6), binary(0.8), ok(binary(0.7))))).toBe(0);
  });

  it('against the control asks the control about its own answer before', () => {
    expect(observe(pair(before(0.2, 0.5, 0.2), binary(0.8), ok(binary(0.5)), ok(binary(0.8))), control)).toBe(1);
    expect(observe(pair(before(0.2, 0.2, 0.5), binary(0.8), ok(binary(0.8)), ok(binary(0.5))), control)).toBe(-1);
    expect(observe(pair(before(0.2, 0.5, 0.5), binary(0.8), ok(binary(0.5)), ok(binary(0.5))), control)).toBe(0);
    expect(observe(pair(before(0.2, 0.5), binary(0.8), ok(binary(0.5)), ok(binary(0.5))), control)).toBeNull();
  });
});

describe('missing-rows', () => {
  const observe = observer('missing-rows');
  const withoutDecision: MetricContext = { decision: null, against: 'limit' };

  it('is 1 for an ok answer that holds nothing for this row', () => {
    expect(observe(pairOf(binary(0.1), ok(binary(0.1), { predictions: null })), withoutDecision)).toBe(1);
    expect(observe(pairOf(binary(0.1), ok(binary(0.1))), withoutDecision)).toBe(0);
  });

  it.each(failures)('does not count a pair on which the arm ended as %s', (status) => {
    expect(observe(pairOf(binary(0.1), failing(status)), withoutDecision)).toBeNull();
  });

  it('against the control subtracts the rows that the control lacks', () => {
    const missing = ok(binary(0.1), { predictions: null });
    expect(observe(pairOf(binary(0.1), missing, ok(binary(0.1))), control)).toBe(1);
    expect(observe(pairOf(binary(0.1), missing, missing), control)).toBe(0);
    expect(observe(pairOf(binary(0.1), missing, failing('error')), control)).toBeNull();
  });
});
