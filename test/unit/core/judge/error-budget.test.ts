import { describe, expect, it } from 'vitest';
import { shareErrorBudget } from '../../../../src/core/judge/error-budget.ts';

describe('shareErrorBudget', () => {
  it('gives every hypothesis an equal share of 1 % for VIOLATED and 1 % for HOLDS', () => {
    const shared = shareErrorBudget([{ id: 'a' }, { id: 'b' }, { id: 'c' }, { id: 'd' }]);
    expect(shared).toEqual(['a', 'b', 'c', 'd'].map((id) => ({ id, alphaViolated: 0.0025, alphaHolds: 0.01 })));
  });

  it('refuses weights and error rates that are none', () => {
    const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });
    for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1']) {
      expect(() => shareErrorBudget([{}, {}], { weightOf: () => weight as number })).toThrow(refused);
    }
    for (const wrong of [0, 1, Number.NaN, '0.01']) {
      expect(() => shareErrorBudget([{}], { alpha: wrong as number })).toThrow(refused);
      expect(() => shareErrorBudget([{}], { alphaHolds: wrong as number })).toThrow(refused);
    }
  });

  it('shares by weight, and spends the whole', () => {
    const weights = [1, 1, 0.25, 0.25];
    const shared = shareErrorBudget(
      weights.map((weight) => ({ weight })),
      { alpha: 0.05, weightOf: ({ weight }) => weight },
    );
    expect(shared.map(({ alphaViolated }) => alphaViolated)).toEqual([0.02, 0.02, 0.005, 0.005]);
    expect(shared.every(({ alphaHolds }) => alphaHolds === 0.01)).toBe(true);
  });
});
