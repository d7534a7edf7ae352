import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { averageOverlapDistance } from '../../../../../src/core/compare/distance/average-overlap.ts';

const list = (text: string): string[] => [...text];

describe('averageOverlapDistance', () => {
  // By hand: 1 − the mean over the depths of (shared so far) / depth.
  it.each([
    ['abc', 'abc', 0],
    ['abc', 'bcd', 1 - (0 + 1 / 2 + 2 / 3) / 3],
    ['ab', 'ba', 1 - (0 + 1) / 2],
    ['abcd', 'abdc', 1 - (1 + 1 + 2 / 3 + 1) / 4],
    ['abcd', 'bacd', 1 - (0 + 1 + 1 + 1) / 4],
    ['abc', 'xyz', 1],
    ['', '', 0],
    ['a', '', 1],
  ])('"%s" and "%s" are %f apart', (first, second, distance) => {
    expect(averageOverlapDistance(list(first), list(second))).toBeCloseTo(distance, 14);
  });

  it('what a shorter list lacks is disagreement', () => {
    expect(averageOverlapDistance(list('ab'), list('abcd'))).toBeCloseTo(1 - (1 + 1 + 2 / 3 + 2 / 4) / 4, 14);
    expect(averageOverlapDistance(list('a'), list('abcdefghij'))).toBeGreaterThan(0.7);
  });

  it('a change weighs more the earlier it stands', () => {
    const top = averageOverlapDistance(list('abcdefghij'), list('xbcdefghij'));
    const last = averageOverlapDistance(list('abcdefghij'), list('abcdefghix'));
    expect(top).toBeCloseTo(0.29289682539682543, 14);
    expect(last).toBeCloseTo(0.01, 14);
  });

  it('agrees with the definition, is symmetric, from 0 to 1, and 0 for the same alone', () => {
    const ranking = fc.uniqueArray(fc.constantFrom(...'abcdefgh'), { maxLength: 6 });
    fc.assert(
      fc.property(ranking, ranking, (first, second) => {
        const distance = averageOverlapDistance(first, second);
        expect(distance).toBeCloseTo(defined(first, second), 12);
        expect(averageOverlapDistance(second, first)).toBe(distance);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1);
        expect(distance === 0).toBe(first.join() === second.join());
      }),
    );
  });
});

function defined(first: readonly string[], second: readonly string[]): number {
  const depths = Math.max(first.length, second.length);
  let sum = 0;
  for (let depth = 1; depth <= depths; depth++) {
    sum += first.slice(0, depth).filter((item) => second.slice(0, depth).includes(item)).length / depth;
  }
  return depths === 0 ? 0 : 1 - sum / depths;
}
