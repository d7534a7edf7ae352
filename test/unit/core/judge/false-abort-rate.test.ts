import { describe, expect, it } from 'vitest';
import { falseAbortRate } from '../../../../src/core/judge/false-abort-rate.ts';
import type { StopCondition } from '../../../../src/model.ts';

const p99: StopCondition = {
  text: 'x',
  signal: 'production.p99',
  above: 250,
  windowMs: 1000,
  minCount: 100,
  windows: 3,
};

describe('falseAbortRate', () => {
  it('is the binomial tail for one window: P(X ≥ 3), X ~ Binomial(100, 0.01), is 0.07937', () => {
    // scipy.stats.binom.sf(2, 100, 0.01) = 0.0793732
    const rate = falseAbortRate({ ...p99, windows: 1 }, { healthyShare: 0.01, requestsPerWindow: 100, windows: 1 });
    expect(rate).toBeCloseTo(0.0793732, 6);
  });

  it('is the cube for exactly three windows', () => {
    const traffic = { healthyShare: 0.01, requestsPerWindow: 100 };
    expect(falseAbortRate(p99, { ...traffic, windows: 3 })).toBeCloseTo(0.0793732 ** 3, 9);
  });

  it('counts every way to have a row, by enumeration', () => {
    const traffic = { healthyShare: 0.04, requestsPerWindow: 100 };
    const breach = falseAbortRate({ ...p99, windows: 1 }, { ...traffic, windows: 1 });
    let enumerated = 0;
    for (let pattern = 0; pattern < 2 ** 8; pattern++) {
      const bits = pattern.toString(2).padStart(8, '0');
      const hits = [...bits].filter((bit) => bit === '1').length;
      if (bits.includes('111')) enumerated += breach ** hits * (1 - breach) ** (8 - hits);
    }
    expect(falseAbortRate(p99, { ...traffic, windows: 8 })).toBeCloseTo(enumerated, 12);
  });

  it('is nothing while windows have too few requests, and everything when nothing is healthy', () => {
    expect(falseAbortRate(p99, { healthyShare: 0.5, requestsPerWindow: 99, windows: 100 })).toBe(0);
    expect(falseAbortRate(p99, { healthyShare: 1, requestsPerWindow: 100, windows: 3 })).toBe(1);
  });

  it('keeps tiny rates, which subtraction from 1 would lose', () => {
    const rate = falseAbortRate(p99, { healthyShare: 1e-5, requestsPerWindow: 100, windows: 3 });
    expect(rate).toBeGreaterThan(0);
    expect(rate).toBeLessThan(1e-25);
  });

  it.each([
    { healthyShare: -0.1, requestsPerWindow: 100, windows: 3 },
    { healthyShare: Number.NaN, requestsPerWindow: 100, windows: 3 },
    { healthyShare: 0.1, requestsPerWindow: 1.5, windows: 3 },
    { healthyShare: 0.1, requestsPerWindow: 100, windows: -1 },
  ])('refuses %j', (traffic) => {
    expect(() => falseAbortRate(p99, traffic)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
