// Durations and shares: known answers, refusals, and that what is formatted reads back.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatShare, maxDurationMs, parseDurationMs, parseShare } from '../../../src/core/units.ts';

describe('durations', () => {
  it.each([
    ['800ms', 800],
    ['2s', 2000],
    ['1.5s', 1500],
    ['30m', 1_800_000],
    ['24h', 86_400_000],
    ['1d', 86_400_000],
    [' 5 s ', 5000],
  ])('reads %s', (text, ms) => expect(parseDurationMs(text)).toBe(ms));

  it.each(['30', '', 's', '-2s', '2 minutes', '1e3s', '1,5s', '25d'])(
    'refuses "%s" and says what is allowed',
    (text) => {
      expect(() => parseDurationMs(text)).toThrow(/a duration requires .* not "/);
    },
  );

  it.each([
    [90_000, '90s'],
    [1_800_000, '30m'],
    [1500, '1.5s'],
    [800, '800ms'],
    [0, '0ms'],
  ])('writes %d ms', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: maxDurationMs }), (ms) => {
        expect(parseDurationMs(formatDuration(ms))).toBe(ms);
      }),
    );
  });
});

describe('shares', () => {
  it.each([
    ['30%', 0.3],
    ['0.1%', 0.001],
    ['0.7%', 0.007],
    ['0%', 0],
    ['100 %', 1],
  ])('reads %s', (text, share) => expect(parseShare(text)).toBe(share));

  it.each(['30', '0.3', '', '%', '-1%', '101%', '1e1%'])('refuses "%s" and says what is allowed', (text) => {
    expect(() => parseShare(text)).toThrow(/a share requires .* not "/);
  });

  it('reads back what it writes', () => {
    const shares = fc.integer({ min: 0, max: 100_000 }).map((thousandths) => Number(`${thousandths}e-5`));
    fc.assert(
      fc.property(shares, (share) => {
        expect(parseShare(formatShare(share))).toBe(share);
      }),
    );
  });
});
