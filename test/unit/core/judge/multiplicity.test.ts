import { describe, expect, it } from 'vitest';
import { anySegmentLogE, appearanceWeight, flagSegments } from '../../../../src/core/judge/multiplicity.ts';

describe('segments', () => {
  it('get 1/2, 1/6, 1/12, … in the order in which they appear, which never exceeds 1', () => {
    expect([1, 2, 3].map(appearanceWeight)).toEqual([1 / 2, 1 / 6, 1 / 12]);
    const sum = Array.from({ length: 10_000 }, (_, index) => appearanceWeight(index + 1)).reduce((a, b) => a + b, 0);
    expect(sum).toBeLessThan(1);
    expect(() => appearanceWeight(0)).toThrow(expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }));
  });

  it('are flagged with equal shares when declared and with their own when appearing', () => {
    const logEs = [Math.log(250), 0, 0, 0];
    expect(flagSegments(logEs, { alpha: 0.01, segments: 'declared' })).toEqual([]);
    expect(flagSegments(logEs, { alpha: 0.01, segments: 'appearing' })).toEqual([0]);
    expect(flagSegments([Math.log(400), 0, 0, 0], { alpha: 0.01, segments: 'declared' })).toEqual([0]);
  });

  it('say together whether any is bad', () => {
    expect(anySegmentLogE([Math.log(10), Math.log(2)], { segments: 'declared' })).toBeCloseTo(Math.log(6), 12);
    // 10/2 + 2/6 + 1/3 for those to come.
    expect(anySegmentLogE([Math.log(10), Math.log(2)], { segments: 'appearing' })).toBeCloseTo(Math.log(5 + 2 / 3), 12);
    expect(anySegmentLogE([], { segments: 'declared' })).toBe(0);
    expect(anySegmentLogE([], { segments: 'appearing' })).toBeCloseTo(0, 12);
  });

  it('refuse what is no log e-value and what is no way to appear', () => {
    const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });
    for (const wrong of [[Number.NaN], [undefined], ['1'], null]) {
      for (const segments of ['declared', 'appearing'] as const) {
        expect(() => anySegmentLogE(wrong as number[], { segments })).toThrow(refused);
        expect(() => flagSegments(wrong as number[], { alpha: 0.01, segments })).toThrow(refused);
      }
    }
    expect(() => anySegmentLogE([0], { segments: 'both' as never })).toThrow(refused);
    expect(() => flagSegments([0], { alpha: 0.01, segments: undefined as never })).toThrow(refused);
  });

  it('survive a million', () => {
    const logEs = new Array<number>(1_000_000).fill(0);
    expect(flagSegments(logEs, { alpha: 0.01, segments: 'appearing' })).toEqual([]);
    expect(Number.isFinite(anySegmentLogE(logEs, { segments: 'appearing' }))).toBe(true);
  });
});
