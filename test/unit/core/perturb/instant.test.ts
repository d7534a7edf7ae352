// Moments, against the platform's own calendar.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseInstant } from '../../../../src/core/perturb/instant.ts';

it('agrees with the calendar of the platform', () => {
  const dates = fc.date({
    min: new Date('1600-01-01T00:00:00Z'),
    max: new Date('2999-12-31T23:59:59Z'),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(dates, (date) => {
      expect(parseInstant(date.toISOString())).toBe(date.getTime());
    }),
    { numRuns: 500 },
  );
});

it.each(['2026-03-01T09:00Z', '2026-03-01T09:00:07.5+02:00', '2024-02-29T23:59:59-11:30', '1970-01-01T00:00:00Z'])(
  'reads %s',
  (text) => expect(parseInstant(text)).toBe(Date.parse(text)),
);

it.each([
  '',
  'now',
  '2026-03-01',
  '2026-03-01T09:00:00',
  '2026-13-01T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2026-01-01T24:00:00Z',
])('refuses "%s"', (text) =>
  expect(() => parseInstant(text)).toThrow(`a moment requires the form 2026-03-01T09:00:00Z, got "${text}"`),
);
