import { describe, expect, it } from 'vitest';
import { type MetricContext, metricNamed } from '../../../../src/core/compare/index.ts';
import type { Observation } from '../../../../src/core/stats/statistic.ts';
import type { Decision, Outcome, Pair, Prediction } from '../../../../src/model.ts';
import { binary, failing, late, ok, pairOf } from '../pairs.ts';

const limit: MetricContext = { decision: late, against: 'limit' };
const control: MetricContext = { decision: late, against: 'control' };

function observe(name: string, pair: Pair, context: MetricContext = limit): Observation | null {
  const metric = metricNamed(name);
  if (metric === undefined) throw new Error(`no metric ${name}`);
  return metric.observe(pair, context);
}

const failures: Outcome['status'][] = ['error', 'timeout', 'invalid', 'unavailable'];

describe('flip', () => {
  it('is 1 when the label differs, 0 when it does not', () => {
    expect(observe('flip', pairOf(binary(0.4), ok(binary(0.6))))).toBe(1);
    expect(observe('flip', pairOf(binary(0.4), ok(binary(0.1))))).toBe(0);
  });

  it.each(failures)('does not count a pair on which the arm ended as %s', (status) => {
    expect(observe('flip', pairOf(binary(0.4), failing(status)))).toBeNull();
  });

  it('against the control is the difference on the same request, when both answered', () => {
    expect(observe('flip', pairOf(binary(0.4), ok(binary(0.6)), ok(binary(0.4))), control)).toBe(1);
    expect(observe('flip', pairOf(binary(0.4), ok(binary(0.4)), ok(binary(0.6))), control)).toBe(-1);
    expect(observe('flip', pairOf(binary(0.4), ok(binary(0.6)), ok(binary(0.6))), control)).toBe(0);
    expect(observe('flip', pairOf(binary(0.4), ok(binary(0.6)), failing('error')), control)).toBeNull();
    expect(observe('flip', pairOf(binary(0.4), ok(binary(0.6))), control)).toBeNull();
  });

  it('does not apply to regression', () => {
    expect(metricNamed('flip')?.applies('regression')).toBe(false);
    expect(metricNamed('flip')?.applies('label')).toBe(true);
  });
});

describe('material', () => {
  it('binary: the score moved by more than 0.05, also without a flip', () => {
    expect(observe('material', pairOf(binary(0.1), ok(binary(0.16))))).toBe(1);
    expect(observe('material', pairOf(binary(0.1), ok(binary(0.14))))).toBe(0);
  });

  it('classes: some class moved; another number of classes is material', () => {
    const classes = (...scores: number[]): Prediction => ({ ...binary(0), kind: 'classes', label: '0', scores });
    const context = { ...limit, decision: { ...late, kind: 'classes' } satisfies Decision };
    expect(observe('material', pairOf(classes(0.9, 0.1, 0), ok(classes(0.9, 0.02, 0.08))), context)).toBe(1);
    expect(observe('material', pairOf(classes(0.9, 0.1, 0), ok(classes(0.9, 0.06, 0.04))), context)).toBe(0);
    expect(observe('material', pairOf(classes(0.9, 0.1), ok(classes(0.9, 0.1, 0))), context)).toBe(1);
  });

  it('label: the label differs', () => {
    const label = (text: string): Prediction => ({ ...binary(0), kind: 'label', label: text, scores: [] });
    const context = { ...limit, decision: { ...late, kind: 'label' } satisfies Decision };
    expect(observe('material', pairOf(label('a'), ok(label('b'))), context)).toBe(1);
    expect(observe('material', pairOf(label('a'), ok(label('a'))), context)).toBe(0);
  });

  it('regression: by more than 5 % of the declared scale', () => {
    const value = (number: number): Prediction => ({ ...binary(0), kind: 'regression', scores: [], value: number });
    const eta = { ...late, kind: 'regression', scale: [0, 300] } satisfies Decision;
    expect(observe('material', pairOf(value(100), ok(value(116))), { ...limit, decision: eta })).toBe(1);
    expect(observe('material', pairOf(value(100), ok(value(115))), { ...limit, decision: eta })).toBe(0);
    expect(
      observe('material', pairOf(value(1), ok(value(2))), { ...limit, decision: { ...eta, scale: null } }),
    ).toBeNull();
  });
});

describe('silent-wrong', () => {
  const wrong = binary(0.9);
  const right = binary(0.1);

  it('is 1 only when nothing would have told: ok, in time, unmarked, materially different', () => {
    expect(observe('silent-wrong', pairOf(right, ok(wrong)))).toBe(1);
    expect(observe('silent-wrong', pairOf(right, ok(binary(0.12))))).toBe(0);
    expect(observe('silent-wrong', pairOf(right, ok(wrong, { latencyMs: 201 })))).toBe(0);
    expect(observe('silent-wrong', pairOf(right, ok(wrong, { latencyMs: 200 })))).toBe(1);
    expect(observe('silent-wrong', pairOf(right, ok(wrong, { degraded: true })))).toBe(0);
  });

  it.each(failures)('is 0 for an arm that ended as %s: that is loud', (status) => {
    expect(observe('silent-wrong', pairOf(right, failing(status)))).toBe(0);
  });

  it('asks only the requests on which the fault acted, or all when that is not known', () => {
    expect(observe('silent-wrong', pairOf(right, ok(wrong, { faultActed: false })))).toBeNull();
    expect(observe('silent-wrong', pairOf(right, ok(wrong, { faultActed: true })))).toBe(1);
    expect(observe('silent-wrong', pairOf(right, ok(wrong, { faultActed: null })))).toBe(1);
  });

  it('subtracts the control’s own silent errors', () => {
    expect(observe('silent-wrong', pairOf(right, ok(wrong), ok(wrong)), control)).toBe(0);
    expect(observe('silent-wrong', pairOf(right, ok(right), ok(wrong)), control)).toBe(-1);
    expect(observe('silent-wrong', pairOf(right, ok(wrong), failing('error')), control)).toBe(1);
  });
});

describe.each(failures)('%s', (name) => {
  it('is 1 for this outcome and 0 for every other', () => {
    expect(observe(name, pairOf(binary(0.1), failing(name)))).toBe(1);
    expect(observe(name, pairOf(binary(0.1), ok(binary(0.1))))).toBe(0);
    for (const other of failures.filter((status) => status !== name)) {
      expect(observe(name, pairOf(binary(0.1), failing(other)))).toBe(0);
    }
  });

  it('against the control counts every pair that has a control', () => {
    expect(observe(name, pairOf(binary(0.1), failing(name), ok(binary(0.1))), control)).toBe(1);
    expect(observe(name, pairOf(binary(0.1), failing(name), failing(name)), control)).toBe(0);
    expect(observe(name, pairOf(binary(0.1), ok(binary(0.1)), failing(name)), control)).toBe(-1);
    expect(observe(name, pairOf(binary(0.1), failing(name)), control)).toBeNull();
  });

  it('needs no decision', () => {
    expect(metricNamed(name)?.needsDecision).toBe(false);
    expect(observe(name, pairOf(binary(0.1), failing(name)), { decision: null, against: 'limit' })).toBe(1);
  });
});

describe('available', () => {
  it('is the opposite of unavailable', () => {
    expect(observe('available', pairOf(binary(0.1), failing('unavailable')))).toBe(0);
    expect(observe('available', pairOf(binary(0.1), failing('error')))).toBe(1);
  });
});

describe('slo-breach', () => {
  it('is 1 for late answers and timeouts, and does not count failures that were answered', () => {
    expect(observe('slo-breach', pairOf(binary(0.1), ok(binary(0.1), { latencyMs: 201 })))).toBe(1);
    expect(observe('slo-breach', pairOf(binary(0.1), ok(binary(0.1), { latencyMs: 200 })))).toBe(0);
    expect(observe('slo-breach', pairOf(binary(0.1), failing('timeout')))).toBe(1);
    expect(observe('slo-breach', pairOf(binary(0.1), failing('error')))).toBeNull();
  });

  it('against the control times the same requests on both', () => {
    const slow = ok(binary(0.1), { latencyMs: 300 });
    expect(observe('slo-breach', pairOf(binary(0.1), slow, slow), control)).toBe(0);
    expect(observe('slo-breach', pairOf(binary(0.1), slow, failing('error')), control)).toBeNull();
  });
});

describe('latency', () => {
  const took = (latencyMs: number): Outcome => ok(binary(0.1), { latencyMs });

  it('is both times of a request that both answered ok, the control’s first', () => {
    expect(observe('latency', pairOf(binary(0.1), took(30), took(20)), control)).toEqual([20, 30]);
    expect(observe('latency', pairOf(binary(0.1), took(0), took(0)), { ...control, decision: null })).toEqual([0, 0]);
  });

  it.each(failures)('does not count a pair on which either ended as %s', (status) => {
    expect(observe('latency', pairOf(binary(0.1), failing(status), took(20)), control)).toBeNull();
    expect(observe('latency', pairOf(binary(0.1), took(20), failing(status)), control)).toBeNull();
  });

  it('is nothing without a control, against a fixed limit, or for a time that is none', () => {
    expect(observe('latency', pairOf(binary(0.1), took(30)), control)).toBeNull();
    expect(observe('latency', pairOf(binary(0.1), took(30), took(20)), limit)).toBeNull();
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      expect(observe('latency', pairOf(binary(0.1), took(odd), took(20)), control)).toBeNull();
      expect(observe('latency', pairOf(binary(0.1), took(20), took(odd)), control)).toBeNull();
    }
  });
});

describe('worse', () => {
  const known = { ...limit, truth: 'true' };

  it('is 1 when only production was right, −1 when only the arm was, else 0', () => {
    expect(observe('worse', pairOf(binary(0.9), ok(binary(0.1))), known)).toBe(1);
    expect(observe('worse', pairOf(binary(0.1), ok(binary(0.9))), known)).toBe(-1);
    expect(observe('worse', pairOf(binary(0.9), ok(binary(0.8))), known)).toBe(0);
    expect(observe('worse', pairOf(binary(0.1), ok(binary(0.2))), known)).toBe(0);
  });

  it('counts nothing without a truth or without an answer of the arm', () => {
    expect(observe('worse', pairOf(binary(0.9), ok(binary(0.1))))).toBeNull();
    expect(observe('worse', pairOf(binary(0.9), failing('error')), known)).toBeNull();
  });

  it('against the control puts the control in production’s place', () => {
    const pair = pairOf(binary(0.1), ok(binary(0.1)), ok(binary(0.9)));
    expect(observe('worse', pair, { ...known, against: 'control' })).toBe(1);
  });
});

describe('odd pairs', () => {
  it('a decision that neither side has is not counted', () => {
    const decision = { ...late, name: 'unknown' };
    for (const name of ['flip', 'material', 'silent-wrong']) {
      expect(observe(name, pairOf(binary(0.1), ok(binary(0.9))), { ...limit, decision })).toBeNull();
      expect(observe(name, pairOf(binary(0.1), ok(binary(0.9), { predictions: null })))).toBeNull();
    }
  });
});
