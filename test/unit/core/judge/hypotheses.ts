// Hypotheses for the judge's tests.
import type { Hypothesis } from '../../../../src/model.ts';

export function hypothesisOf(changed: Partial<Hypothesis> = {}): Hypothesis {
  return {
    id: 'v2.late.flip',
    arm: 'v2',
    decision: 'late',
    metric: 'flip',
    options: {},
    segmentation: null,
    rows: 'single',
    relation: 'bounded',
    against: 'limit',
    tolerance: 0.01,
    minActed: 200,
    required: true,
    automatic: false,
    alphaViolated: 0.01,
    alphaHolds: 0.01,
    ...changed,
  };
}
