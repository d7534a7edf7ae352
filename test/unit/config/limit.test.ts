// Limits, sizes, rates and near names: the small readers.
import { describe, expect, it } from 'vitest';
import { parseLimit } from '../../../src/config/limit.ts';
import { nearestName } from '../../../src/config/nearest.ts';
import {
  approximateSize,
  formatSize,
  parseByteRate,
  parseRate,
  parseSize,
} from '../../../src/config/sizes-and-rates.ts';

describe('limits as people say them', () => {
  it.each([
    ['at most 5%', { relation: 'bounded', against: 'limit', tolerance: 0.05 }],
    ['at  most 0.1 %', { relation: 'bounded', against: 'limit', tolerance: 0.001 }],
    ['no more than control + 0.5%', { relation: 'bounded', against: 'control', tolerance: 0.005 }],
    ['no more than control +0.5%', { relation: 'bounded', against: 'control', tolerance: 0.005 }],
    ['at least 99%', { relation: 'sensitive', against: 'limit', tolerance: 0.99 }],
    ['practically none', { relation: 'invariant', against: 'limit', tolerance: 0.001 }],
  ])('%s', (text, limit) => expect(parseLimit(text)).toEqual(limit));

  it.each(['', '5%', 'at most', 'at most 5', 'at most -1%', 'at most 101%', 'at least control + 1%', 'below 5%'])(
    '"%s" is none',
    (text) => {
      expect(parseLimit(text)).toEqual({ refused: expect.stringContaining('requires "at most 5%"') });
    },
  );

  it.each([
    ['at most 0.2', { relation: 'bounded', against: 'limit', tolerance: 0.2 }],
    ['at least 0.25', { relation: 'sensitive', against: 'limit', tolerance: 0.25 }],
  ])('%s, of a number that is no share', (text, limit) =>
    expect(parseLimit(text, { isPlainNumber: true })).toEqual(limit),
  );

  it.each(['at most 20%', '0.2', 'at most -0.1', 'at most 1e-1', 'at most 0x1', 'at most NaN', 'at most Infinity'])(
    '"%s" is none of a number',
    (text) => {
      const refused = expect.stringContaining('requires "at most 0.2": a plain number above 0 and below 1');
      expect(parseLimit(text, { isPlainNumber: true })).toEqual({ refused });
    },
  );

  it('0% and 100% are refused with the reason', () => {
    expect(parseLimit('at most 0%')).toEqual({ refused: expect.stringContaining('no number of requests proves') });
    expect(parseLimit('at most 100%')).toEqual({ refused: expect.stringContaining('nothing would be tested') });
  });
});

describe('limits that no run can decide', () => {
  it.each([
    ['at most 0.0001%', 1e-6],
    ['at least 99.9999%', 0.999999],
    ['no more than control + 0.0001%', 1e-6],
  ])('%s is the last that is one', (text, tolerance) =>
    expect(parseLimit(text)).toMatchObject({ tolerance: expect.closeTo(tolerance, 12) }),
  );

  it.each([
    ['at most 0.00009%', 'below 0.0001%: it would need more than 5,116,853 requests without one case'],
    ['no more than control + 0.00001%', 'more than 46,051,699 requests without one case'],
    ['at least 0.00001%', 'more than 46,051,699 requests without one case'],
    [`at most 0.${'0'.repeat(320)}1%`, 'more than 1,000,000,000,000,000 requests without one case'],
    ['at least 99.99999%', 'above 99.9999%: it would need more than 46,051,69'],
  ])('%s is refused with the requests it would need', (text, why) =>
    expect(parseLimit(text)).toEqual({ refused: expect.stringContaining(why) }),
  );

  it('so are limits on a number', () => {
    expect(parseLimit('at most 0.000001', { isPlainNumber: true })).toMatchObject({ tolerance: 1e-6 });
    const refused = expect.stringContaining('cannot be below 0.000001');
    expect(parseLimit('at most 0.0000009', { isPlainNumber: true })).toEqual({ refused });
  });
});

describe('sizes and rates', () => {
  it.each([
    ['512KiB', 524_288],
    ['4MiB', 4_194_304],
    ['1.5 GB', 1.5e9],
    ['10B', 10],
  ])('%s', (text, bytes) => expect(parseSize(text)).toBe(bytes));
  it.each([
    ['50 per second', 50],
    ['600 per minute', 10],
    ['0.5 per second', 0.5],
  ])('%s', (text, rate) => expect(parseRate(text)).toBe(rate));
  it('bytes per time', () =>
    expect([parseByteRate('10MiB per second'), parseByteRate('60kB per minute')]).toEqual([10_485_760, 1000]));
  it.each(['10', '10mb', 'MiB', '-1MiB', ''])('"%s" is no size', (text) =>
    expect(() => parseSize(text)).toThrow(/requires a size such as/),
  );
  it.each(['50', '50/s', '50 per day', 'per second'])('"%s" is no rate', (text) =>
    expect(() => parseRate(text)).toThrow(/requires a rate such as/),
  );
  it('what is written reads back the same', () => {
    for (const bytes of [1, 1000, 1024, 1025, 4_194_304, 3 * 1024 ** 3])
      expect(parseSize(formatSize(bytes))).toBe(bytes);
  });
  it('about how large', () =>
    expect([approximateSize(419_430_400_000), approximateSize(1024), approximateSize(12)]).toEqual([
      '390.6 GiB',
      '1 KiB',
      '12 B',
    ]));
});

describe('near names', () => {
  it.each([
    ['flop', 'flip'],
    ['silentwrong', 'silentWrong'],
    ['exepct', 'expect'],
    ['expct', 'expect'],
  ])('%s → %s', (name, near) => {
    expect(nearestName(name, ['flip', 'silentWrong', 'expect'])).toBe(near);
  });
  it('nothing near is nothing', () =>
    expect([
      nearestName('kafka', ['flip', 'error']),
      nearestName('x', []),
      nearestName('a'.repeat(5000), ['a']),
    ]).toEqual([null, null, null]));
});
