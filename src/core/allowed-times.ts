// Times of the week at which something may be sent: "Mon-Fri 09:00-17:00 Europe/Berlin". The zone's own clocks rule, so an hour that they
// skip or show twice is as long as it is there.

import type { AllowedTime } from '../model.ts';

/** 0 is Monday; a `toMinute` at or before `fromMinute` is on the next day. */
const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const dayMinutes = 1440;
const minuteMs = 60_000;

/** Null for text that is none; the zone is not looked up. UTC unless it is written. @example parseAllowedTime('daily 22:00-04:00') */
export function parseAllowedTime(text: string): AllowedTime | null {
  const parts = /^(\S+) (\d\d):(\d\d)-(\d\d):(\d\d)(?: ([\w/+-]+))?$/.exec(text.trim().replaceAll(/\s+/g, ' '));
  if (parts === null) return null;
  const days = daysOf(parts[1] ?? '');
  const fromMinute = minuteOf(parts[2], parts[3]);
  const toMinute = minuteOf(parts[4], parts[5]);
  const isTime = fromMinute < dayMinutes && toMinute <= dayMinutes && toMinute !== fromMinute;
  return days === null || !isTime ? null : { text, days, fromMinute, toMinute, zone: parts[6] ?? 'UTC' };
}

/** Whether one of these holds at the moment. O(times). @throws RangeError for a zone that nobody knows */
export function isAllowedAt(times: readonly AllowedTime[], ms: number): boolean {
  return times.some(({ days, fromMinute, toMinute, zone }) => {
    const { day, minute } = placeInWeek(ms, zone);
    const isSameDay = toMinute > fromMinute;
    const began = days.includes(day) && minute >= fromMinute && (!isSameDay || minute < toMinute);
    return began || (!isSameDay && days.includes((day + 6) % 7) && minute < toMinute);
  });
}

/** The next full minute at which one holds, within eight days; null when none does. */
export function nextAllowedAt(times: readonly AllowedTime[], afterMs: number): number | null {
  const firstMs = Math.ceil(afterMs / minuteMs) * minuteMs;
  for (let ms = firstMs; ms <= firstMs + 8 * dayMinutes * minuteMs; ms += minuteMs)
    if (isAllowedAt(times, ms)) return ms;
  return null;
}

/** "Mon-Fri", "Sat,Sun", "daily". */
function daysOf(text: string): readonly number[] | null {
  if (text === 'daily') return names.map((_, day) => day);
  const found = text.split(',').map((part) => {
    const [first = -1, last = first] = part.split('-').map((name) => names.indexOf(name));
    if (first < 0 || last < 0 || part.split('-').length > 2) return null;
    return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7);
  });
  return found.includes(null) ? null : [...new Set(found.flatMap((days) => days ?? []))];
}

/** Not a number of a day for minutes from 60 on. */
function minuteOf(hours = '', minutes = ''): number {
  return Number(minutes) < 60 ? Number(hours) * 60 + Number(minutes) : Number.POSITIVE_INFINITY;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function placeInWeek(ms: number, zone: string): { readonly day: number; readonly minute: number } {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
  return { day: names.indexOf(parts.weekday ?? ''), minute: minuteOf(parts.hour, parts.minute) };
}
