import { describe, expect, it } from 'vitest';
import { stillNeeded } from '../../../../src/core/stats/still-needed.ts';

describe('stillNeeded', () => {
  it('is (ln(1/alpha) + 1) / growth less what was seen', () => {
    expect(stillNeeded({ n: 100, logE: 0, alpha: 0.01, growth: 0.01 })).toBe(461);
  });

  it('is nothing once the goal is reached', () => {
    expect(stillNeeded({ n: 100, logE: Math.log(100), alpha: 0.01, growth: 0.01 })).toBe(0);
  });

  it('counts from the evidence at hand when the forecast has passed', () => {
    expect(stillNeeded({ n: 1000, logE: Math.log(100) - 1, alpha: 0.01, growth: 0.01 })).toBe(100);
  });

  it.each([0, -0.1, Number.NaN, 1e-12])('cannot be said at a growth of %d', (growth) => {
    expect(stillNeeded({ n: 10, logE: 0, alpha: 0.01, growth })).toBeNull();
  });
});
