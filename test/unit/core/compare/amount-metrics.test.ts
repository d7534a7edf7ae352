// Metrics that are amounts: mean difference, bias, and the two of distributions. Every number below follows from the definition.
import { describe, expect, it } from 'vitest';
import { type MetricContext, metricNamed } from '../../../../src/core/compare/index.ts';
import type { Observation } from '../../../../src/core/stats/statistic.ts';
import type { Decision, Pair, Prediction } from '../../../../src/model.ts';
import { binary, failing, late, ok, pairOf } from '../pairs.ts';

const limit: MetricContext = { decision: late, against: 'limit' };
const control: MetricContext = { decision: late, against: 'control' };
const eta: Decision = { ...late, kind: 'regression', threshold: null, scale: [100, 300] };
const etaLimit: MetricContext = { ...limit, decision: eta };

function observe(name: string, pair: Pair, context: MetricContext = limit): Observation | null {
  const metric = metricNamed(name);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  return metric.observe(pair, context);
}

const value = (number: number | null): Prediction => ({
  ...binary(0),
  kind: 'regression',
  label: String(number),
  scores: [],
  value: number,
});

const names = ['mean-difference', 'bias', 'paired-ks', 'psi'];

describe.each(names)('%s', (name) => {
  it.each(['error', 'timeout', 'invalid', 'unavailable'] as const)(
    'does not count an arm that ended as %s',
    (status) => {
      expect(observe(name, pairOf(binary(0.1), failing(status)))).toBeNull();
    },
  );

  it.each([Number.NaN, null])('does not count what is no number: %o', (odd) => {
    expect(observe(name, pairOf(value(150), ok(value(odd))), etaLimit)).toBeNull();
    expect(observe(name, pairOf(value(odd), ok(value(150))), etaLimit)).toBeNull();
    expect(observe(name, pairOf(binary(0.5), ok(binary(Number.NaN))))).toBeNull();
  });

  it('does not count a value without a declared scale', () => {
    const context = { ...limit, decision: { ...eta, scale: null } };
    expect(observe(name, pairOf(value(150), ok(value(150))), context)).toBeNull();
  });
});

describe('mean-difference', () => {
  it('is the distance from production, 1 at most', () => {
    expect(observe('mean-difference', pairOf(binary(0.5), ok(binary(0.75))))).toBe(0.25);
    expect(observe('mean-difference', pairOf(binary(-3), ok(binary(3))))).toBe(1);
    expect(observe('mean-difference', pairOf(value(150), ok(value(100))), etaLimit)).toBe(0.25);
    expect(observe('mean-difference', pairOf(value(150), ok(value(Number.POSITIVE_INFINITY))), etaLimit)).toBe(1);
  });

  it('against the control is D_arm − D_control', () => {
    expect(observe('mean-difference', pairOf(binary(0.5), ok(binary(0.75)), ok(binary(0.375))), control)).toBe(0.125);
    expect(observe('mean-difference', pairOf(binary(0.5), ok(binary(0.5)), ok(binary(1))), control)).toBe(-0.5);
    expect(observe('mean-difference', pairOf(binary(0.5), ok(binary(0.5)), failing('error')), control)).toBeNull();
    expect(metricNamed('mean-difference')?.statistic('control')).toBe('signed-mean');
    expect(metricNamed('mean-difference')?.statistic('limit')).toBe('bounded-mean');
  });
});

describe('bias', () => {
  it('is arm − production with its sign, between −1 and 1', () => {
    expect(observe('bias', pairOf(binary(0.5), ok(binary(0.75))))).toBe(0.25);
    expect(observe('bias', pairOf(binary(0.75), ok(binary(0.5))))).toBe(-0.25);
    expect(observe('bias', pairOf(binary(5), ok(binary(-5))))).toBe(-1);
    expect(observe('bias', pairOf(value(100), ok(value(150))), etaLimit)).toBe(0.25);
    expect(observe('bias', pairOf(value(100), ok(value(900))), etaLimit)).toBe(1);
  });

  it('is nothing against the control', () => {
    expect(observe('bias', pairOf(binary(0.5), ok(binary(0.75)), ok(binary(0.5))), control)).toBeNull();
  });
});

describe.each(['paired-ks', 'psi'])('%s', (name) => {
  it('is production’s score and the arm’s; what is outside 0 to 1 counts at the ends', () => {
    expect(observe(name, pairOf(binary(0.5), ok(binary(0.75))))).toEqual([0.5, 0.75]);
    expect(observe(name, pairOf(binary(-0.2), ok(binary(1.7))))).toEqual([0, 1]);
  });

  it('regression: the place on the declared scale', () => {
    expect(observe(name, pairOf(value(150), ok(value(200))), etaLimit)).toEqual([0.25, 0.5]);
    expect(observe(name, pairOf(value(0), ok(value(301))), etaLimit)).toEqual([0, 1]);
  });

  it.each([0, -1, 1, 2])('does not fit a label above %d: that score is no probability', (threshold) => {
    const metric = metricNamed(name);
    expect(metric?.whyUnfit?.({ ...late, threshold })).toMatchObject({ option: null });
    expect(metric?.whyUnfit?.(late)).toBeNull();
    expect(metric?.whyUnfit?.(eta)).toBeNull();
  });

  it('applies to one number', () => {
    const metric = metricNamed(name);
    const kinds = ['binary', 'classes', 'label', 'regression', 'vector', 'ranking', 'text'] as const;
    expect(kinds.filter((kind) => metric?.applies(kind))).toEqual(['binary', 'regression']);
  });
});

describe('paired-ks against the control', () => {
  it('is the control’s score and the arm’s', () => {
    expect(observe('paired-ks', pairOf(binary(0.5), ok(binary(0.75)), ok(binary(0.25))), control)).toEqual([
      0.25, 0.75,
    ]);
    expect(observe('paired-ks', pairOf(binary(0.5), ok(binary(0.75)), failing('error')), control)).toBeNull();
    expect(observe('psi', pairOf(binary(0.5), ok(binary(0.75)), ok(binary(0.25))), control)).toBeNull();
  });
});
