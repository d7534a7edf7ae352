// A moment as people write it, 2026-03-01T09:00:00Z, as milliseconds since the epoch: core has no clock and no calendar of its own.
import { PenumbraError } from '../../errors.ts';

const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:\d\d)$/;

/**
 * Milliseconds since the epoch of an RFC 3339 moment; seconds may be left out, the zone may not.
 * @throws PenumbraError CONFIG_INVALID
 * @example parseInstant('1970-01-02T00:00:00Z') // 86400000
 */
export function parseInstant(text: string): number {
  const found = form.exec(text.trim());
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (found ?? [])
    .slice(1, 7)
    .map((n) => Number(n ?? 0));
  const isReal =
    month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) && hour < 24 && minute < 60 && second < 60;
  if (!found || !isReal) {
    throw new PenumbraError('CONFIG_INVALID', `a moment requires the form 2026-03-01T09:00:00Z, got "${text}"`);
  }
  const minutes = (daysSinceEpoch(year, month, day) * 24 + hour) * 60 + minute - offsetOf(found[8] ?? 'Z');
  return (minutes * 60 + second) * 1000 + Number((found[7] ?? '').padEnd(3, '0'));
}

function offsetOf(zone: string): number {
  if (zone === 'Z') return 0;
  const [hours = 0, minutes = 0] = zone.slice(1).split(':').map(Number);
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

function daysIn(year: number, month: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return month === 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function daysSinceEpoch(year: number, month: number, day: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  let days = 365 * (year - 1970) + leapDays - 477 + day - 1;
  for (let earlier = 1; earlier < month; earlier++) days += daysIn(year, earlier);
  return days;
}
