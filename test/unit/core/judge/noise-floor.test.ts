import { describe, expect, it } from 'vitest';
import { excess, noiseFloor } from '../../../../src/core/judge/noise-floor.ts';

const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });

describe('noise floor', () => {
  it('is the control’s rate with an interval, and warns at twice what it can be at most', () => {
    const { n, rate, interval, earlyWarning } = noiseFloor([10_000, 10]);
    expect(n).toBe(10_000);
    expect(rate).toBe(0.001);
    const [low, high] = interval as readonly [number, number];
    expect(low).toBeLessThan(0.001);
    expect(high).toBeGreaterThan(0.001);
    expect(earlyWarning).toBeCloseTo(2 * high, 12);
  });

  it('is unknown without data, and warns of nothing when it is too high to', () => {
    expect(noiseFloor([0, 0])).toEqual({ n: 0, rate: null, interval: null, earlyWarning: null });
    expect(noiseFloor([10, 8]).earlyWarning).toBeNull();
  });

  it('refuses counts that are none', () => {
    for (const wrong of [[1, 2], [-1, 0], [], [1, Number.NaN], null]) {
      expect(() => noiseFloor(wrong as number[])).toThrow(refused);
    }
    expect(() => noiseFloor([1, 0], { alpha: 0 })).toThrow(refused);
  });
});

describe('excess', () => {
  it.each([
    [0.2, 0, 1],
    [0, 0.2, -1],
    [0.2, 0.3, 0],
    [0.05, 0.05, 0],
    [0.05, 0.06, -1],
  ] as const)('of %d over the control’s %d is %d', (arm, control, expected) => {
    expect(excess({ arm, control }, 0.05)).toBe(expected);
  });

  it('refuses what is no distance', () => {
    expect(() => excess({ arm: Number.NaN, control: 0 }, 0.05)).toThrow(refused);
    expect(() => excess({ arm: 0, control: -1 }, 0.05)).toThrow(refused);
    expect(() => excess({ arm: '0.2' as never, control: 0 }, 0.05)).toThrow(refused);
    for (const limit of [Number.NaN, -0.1, undefined, '0.05']) {
      expect(() => excess({ arm: 0.2, control: 0 }, limit as number)).toThrow(refused);
    }
  });
});
