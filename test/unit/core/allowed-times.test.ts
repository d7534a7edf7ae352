// Times of the week: days, hours over midnight, zones whose clocks are set, and when the next one begins.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAllowedAt, nextAllowedAt, parseAllowedTime } from '../../../src/core/allowed-times.ts';
import type { AllowedTime } from '../../../src/model.ts';

const read = (text: string): AllowedTime => {
  const time = parseAllowedTime(text);
  if (time === null) throw new Error(`${text} is none`);
  return time;
};
const at = (text: string, moment: string): boolean => isAllowedAt([read(text)], Date.parse(moment));

describe('a time of the week', () => {
  // 2026-11-23 is a Monday.
  it.each([
    ['Mon-Fri 09:00-17:00', '2026-11-23T09:00:00Z', true],
    ['Mon-Fri 09:00-17:00', '2026-11-23T08:59:59Z', false],
    ['Mon-Fri 09:00-17:00', '2026-11-23T17:00:00Z', false],
    ['Mon-Fri 09:00-17:00', '2026-11-22T12:00:00Z', false],
    ['Mon-Fri 09:00-17:00 Europe/Berlin', '2026-11-23T08:00:00Z', true],
    ['Sat,Sun 00:00-24:00', '2026-11-22T23:59:00Z', true],
    ['Fri 22:00-02:00', '2026-11-28T01:59:00Z', true],
    ['Fri 22:00-02:00', '2026-11-27T01:00:00Z', false],
    ['Sat-Mon 10:00-11:00', '2026-11-22T10:30:00Z', true],
    // Berlin skips 02:00 to 03:00 on this day, and shows it twice on the other.
    ['daily 02:00-03:00 Europe/Berlin', '2026-03-29T01:30:00Z', false],
    ['daily 02:00-03:00 Europe/Berlin', '2026-10-25T00:30:00Z', true],
    ['daily 02:00-03:00 Europe/Berlin', '2026-10-25T01:30:00Z', true],
  ])('%s at %s: %s', (text, moment, isAllowed) => {
    expect(at(text, moment)).toBe(isAllowed);
  });

  it.each([
    '',
    'Mon',
    'Mon 9:00-17:00',
    'Mon 09:00-25:00',
    'Mon 09:60-10:00',
    'Moon 09:00-10:00',
    'Mon-Fri 09:00-09:00',
    'Mon-Tue-Wed 09:00-10:00',
  ])('"%s" is none', (text) => {
    expect(parseAllowedTime(text)).toBeNull();
  });

  it('is for a window and the rest of the day together every moment, once', () => {
    const minute = fc.integer({ min: 1, max: 1439 });
    const clock = (m: number) => `${String(Math.floor(m / 60)).padStart(2, '0')}:${String(m % 60).padStart(2, '0')}`;
    fc.assert(
      fc.property(minute, minute, fc.integer({ min: 0, max: 10_000_000 }), (from, to, minutes) => {
        fc.pre(from !== to);
        const ms = 1.7e12 + minutes * 60_000;
        const inside = isAllowedAt([read(`daily ${clock(from)}-${clock(to)} Asia/Kolkata`)], ms);
        const outside = isAllowedAt([read(`daily ${clock(to)}-${clock(from)} Asia/Kolkata`)], ms);
        expect([inside, outside].filter(Boolean)).toHaveLength(1);
      }),
    );
  });

  it('begins next where it says', () => {
    const next = nextAllowedAt([read('Mon 09:00-10:00 Europe/Berlin')], Date.parse('2026-11-23T08:30:30Z'));
    expect(new Date(next ?? 0).toISOString()).toBe('2026-11-23T08:31:00.000Z');
    const later = nextAllowedAt([read('Mon 09:00-10:00 Europe/Berlin')], Date.parse('2026-11-23T09:30:00Z'));
    expect(new Date(later ?? 0).toISOString()).toBe('2026-11-30T08:00:00.000Z');
  });
});
