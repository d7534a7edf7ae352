import { describe, expect, it } from 'vitest';
import { shareErrorBudget } from '../../../../src/core/judge/error-budget.ts';

describe('shareErrorBudget', () => {
  it('gives every hypothesis an equal share of 1 % for VIOLATED and 1 % for HOLDS', () => {
    const shared = shareErrorBudget([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }]);
    expect(shared).toEqual(['a', 'b', 'c', 'd'].map((id) => ({ id, alphaViolated: 0.0025, alphaHolds: 0.01 })));
  });

  it('counts other tests that share the budget', () => {
    expect(shareErrorBudget([{}], { others: 4 })).toEqual([{ alphaViolated: 0.002, alphaHolds: 0.01 }]);
  });
});
