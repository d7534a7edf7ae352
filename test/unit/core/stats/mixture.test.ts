import { describe, expect, it } from 'vitest';
import { bestGrowth, createBets, logWealth, rememberByTolerance } from '../../../../src/core/stats/mixture.ts';

describe('mixture of bets', () => {
  const bets = createBets(
    [1, 3],
    [
      [Math.log(0.5), Math.log(2)],
      [Number.NEGATIVE_INFINITY, Math.log(4)],
    ],
  );

  it('weighs the bets, whatever unit the weights are in', () => {
    expect(logWealth(bets, [0, 1])).toBeCloseTo(Math.log((2 + 3 * 4) / 4), 14);
  });

  it('lets a ruined bet drop out, and an empty cell ruin nobody', () => {
    expect(logWealth(bets, [1, 1])).toBeCloseTo(Math.log(1 / 4), 14);
    expect(logWealth(bets, [0, 0])).toBeCloseTo(0, 14);
  });

  it('finds the growth of the best bet', () => {
    expect(bestGrowth(bets, [0, 5])).toBeCloseTo(Math.log(4), 14);
    expect(bestGrowth(bets, [1, 5])).toBeCloseTo((5 * Math.LN2 - Math.LN2) / 6, 14);
  });

  it('remembers grids, a bounded number of them', () => {
    let made = 0;
    const remember = rememberByTolerance((tolerance) => ({ tolerance, number: made++ }), { most: 2 });
    expect(remember(0.1)).toBe(remember(0.1));
    for (const tolerance of [0.2, 0.3, 0.1]) expect(remember(tolerance).tolerance).toBe(tolerance);
    expect(made).toBe(4);
  });
});
