import { describe, expect, it } from 'vitest';
import { isZone, readCron, zonedTime } from '../../../src/io/cron.ts';

function times(at: string, { zone, from, count }: { zone: string; from: string; count: number }): string[] {
  const cron = readCron(at, { zone });
  let ms = Date.parse(from);
  return Array.from({ length: count }, () => {
    ms = cron.nextAfter(ms);
    return new Date(ms).toISOString().slice(0, 16);
  });
}

// Known: clocks in Berlin went from 02:00 to 03:00 on 2026-03-29 (01:00 UTC) and from 03:00 to 02:00 on 2026-10-25 (01:00 UTC).
describe('a cron line in its time zone', () => {
  const zone = 'Europe/Berlin';

  it('keeps to the clock on the wall, summer and winter', () => {
    expect(times('0 3 * * *', { zone, from: '2026-03-27T12:00Z', count: 3 })).toEqual([
      '2026-03-28T02:00',
      '2026-03-29T01:00',
      '2026-03-30T01:00',
    ]);
  });

  it('comes once on the day whose hour is skipped, when the clocks have gone forward', () => {
    expect(times('30 2 * * *', { zone, from: '2026-03-28T12:00Z', count: 2 })).toEqual([
      '2026-03-29T01:00',
      '2026-03-30T00:30',
    ]);
  });

  it('comes once on the day whose hour is shown twice, the first time', () => {
    expect(times('30 2 * * *', { zone, from: '2026-10-24T12:00Z', count: 2 })).toEqual([
      '2026-10-25T00:30',
      '2026-10-26T01:30',
    ]);
  });

  it('goes by time as it passes when it is said by the hour', () => {
    expect(times('30 * * * *', { zone, from: '2026-10-25T00:00Z', count: 3 })).toEqual([
      '2026-10-25T00:30',
      '2026-10-25T01:30',
      '2026-10-25T02:30',
    ]);
  });

  it.each(['61 * * * *', '* * *', '* * * * * *', '@daily', '2030-01-01T00:00:00', '0 0 30 2 *', 'often', ''])(
    'refuses %j',
    (at) => {
      expect(() => readCron(at, { zone: 'UTC' })).toThrow(/is no cron line such as "0 3 \* \* \*"/);
    },
  );

  it('reads the clock of a zone', () => {
    expect(zonedTime(Date.UTC(2026, 10, 23, 2), zone)).toBe('Mon 2026-11-23 03:00 Europe/Berlin');
    expect([isZone('Europe/Berlin'), isZone('UTC'), isZone('Europe/Berln'), isZone('')]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
