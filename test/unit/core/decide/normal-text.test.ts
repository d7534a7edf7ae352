import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { labelOfText, normalText } from '../../../../src/core/decide/normal-text.ts';

describe('normalText', () => {
  it.each([
    ['  two\n lines\t', 'two lines'],
    ['a\u00a0b\u2003c\r\n\r\nd', 'a b c d'],
    ['cafe\u0301', 'caf\u00e9'],
    ['Case, and: punctuation!', 'Case, and: punctuation!'],
    [' \n ', ''],
  ])('%j is %j', (text, normal) => {
    expect(normalText(text)).toBe(normal);
  });

  it('changes nothing twice', () => {
    const text = fc.string({ unit: fc.constantFrom('a', ' ', '\n', 'e', '\u0301', '\u00a0', '\ud800') });
    fc.assert(
      fc.property(text, (given) => {
        expect(normalText(normalText(given))).toBe(normalText(given));
      }),
    );
  });
});

describe('labelOfText', () => {
  it('is the text itself up to 200 characters', () => {
    expect(labelOfText('x'.repeat(200))).toBe('x'.repeat(200));
  });

  it('is its length and hash beyond, which must never change: labels are stored', () => {
    expect(labelOfText('x'.repeat(201))).toBe('text of 201 characters, siphash 1a0708f6073e772d');
  });

  it('differs for texts that differ anywhere', () => {
    const long = 'word '.repeat(1000);
    const labels = ['', 'a', 'b'].flatMap((mark) => [`${mark}${long}`, `${long}${mark}`]).map(labelOfText);
    expect(new Set(labels).size).toBe(5);
    expect(labels.every((label) => label.length < 60)).toBe(true);
  });
});
