import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resemblanceDistance } from '../../../../../src/core/compare/distance/resemblance.ts';

const wordsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `w${index}`);

describe('resemblanceDistance', () => {
  // By hand: 1 − shared pairs of neighbours / all pairs of neighbours, beginning and end included.
  it.each([
    ['the dog bites', 'the dog bites', 0],
    ['the dog bites', 'the man bites', 1 - 2 / 6],
    ['dog bites man', 'man bites dog', 1],
    ['a a a', 'a a', 1 - 3 / 4],
    ['yes', 'no', 1],
    ['yes', 'Yes', 1],
    ['yes', 'yes.', 1 - 1 / 4],
    ['', 'a', 1],
    ['', ' ', 0],
    ['東京都に行く', '東京都へ行く', 1 - 5 / 9],
    ['ab東京', 'ab東', 1 - 2 / 5],
  ])('"%s" and "%s" are %f apart', (first, second, distance) => {
    expect(resemblanceDistance(first, second)).toBeCloseTo(distance, 14);
  });

  it.each([
    [10, 0.31],
    [20, 0.17],
    [100, 0.04],
  ])('one word of %d is %f', (count, distance) => {
    const other = wordsOf(count);
    other[count / 2] = 'x';
    expect(resemblanceDistance(wordsOf(count).join(' '), other.join(' '))).toBeCloseTo(distance, 2);
  });

  it('is 0 for the same, symmetric and from 0 to 1, whatever the texts hold', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.array(fc.constantFrom('a', 'b', '.', '東', ' ')).map((all) => all.join(' ')),
    );
    fc.assert(
      fc.property(text, text, (first, second) => {
        const distance = resemblanceDistance(first, second);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1);
        expect(resemblanceDistance(second, first)).toBe(distance);
        expect(resemblanceDistance(first, first)).toBe(0);
      }),
    );
  });

  it('counts what follows the first 20,000 words as one shingle, and sees a difference there', () => {
    const long = wordsOf(200_000);
    const other = [...long];
    other[190_000] = 'x';
    expect(resemblanceDistance(long.join(' '), other.join(' '))).toBeCloseTo(1 - 20_000 / 20_002, 14);
    expect(resemblanceDistance(long.join(' '), [...long].join(' '))).toBe(0);
  });
});
