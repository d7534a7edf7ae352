// recovered: which requests are in n, and what counts as being back.
import { describe, expect, it } from 'vitest';
import { metricNamed } from '../../../../src/core/compare/index.ts';
import type { Decision, Outcome, Pair, Prediction } from '../../../../src/model.ts';

const decision: Decision = {
  name: 'd',
  output: 'p',
  column: null,
  kind: 'binary',
  threshold: 0.5,
  scale: null,
  material: 0.05,
};
const said = (score: number): Prediction => ({
  kind: 'binary',
  label: String(score > 0.5),
  scores: [score],
  value: null,
  confidence: null,
});
const metric = metricNamed('recovered', { withinMs: 5000 });

function observe(changes: Partial<Outcome>): unknown {
  const arm: Outcome = {
    status: 'ok',
    reason: null,
    latencyMs: 5,
    answer: null,
    predictions: { d: said(0.9) },
    faultActed: false,
    ...changes,
  };
  const pair: Pair = {
    exchangeId: 'x',
    production: { latencyMs: 5, predictions: { d: said(0.9) } },
    arm,
    control: null,
    sloLatencyMs: 200,
  };
  return metric?.observe(pair, { decision, against: 'limit' });
}

describe('recovered', () => {
  it.each<[string, unknown, Partial<Outcome>]>([
    ['before any strike', null, { sinceStrikeMs: null }],
    ['of an arm that is never struck', null, {}],
    ['too soon after a strike', null, { sinceStrikeMs: 4999 }],
    ['under way at a strike', null, { sinceStrikeMs: 0, status: 'error', predictions: null }],
    ['right again', 1, { sinceStrikeMs: 5000 }],
    ['right, and still hit', 1, { sinceStrikeMs: 7000, faultActed: true }],
    ['wrong', 0, { sinceStrikeMs: 5000, predictions: { d: said(0) } }],
    ['gone', 0, { sinceStrikeMs: 9000, status: 'unavailable', predictions: null }],
    ['late', 0, { sinceStrikeMs: 9000, status: 'timeout', predictions: null }],
  ])('%s: %s', (_, expected, outcome) => {
    expect(observe(outcome)).toBe(expected);
  });

  it('is a share that must be reached', () => {
    expect(metric?.limits?.forms).toEqual(['at least']);
    expect(metricNamed('recovered', {})).toBeUndefined();
  });
});
