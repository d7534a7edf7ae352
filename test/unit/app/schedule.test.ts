import { afterEach, describe, expect, it } from 'vitest';
import { createSchedule, type Schedule, type ScheduleTimes } from '../../../src/app/schedule.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

const warned: string[] = [];
const log = {
  debug: () => {},
  info: () => {},
  warn: (_: object, message: string) => void warned.push(message),
  error: (_: object, message: string) => void warned.push(message),
};
const schedules: Schedule[] = [];
afterEach(() => {
  for (const schedule of schedules.splice(0)) schedule.stop();
  warned.length = 0;
});

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const nightly = { at: '0 3 * * *', zone: 'Europe/Berlin' };

function scheduled(
  times: ScheduleTimes,
  { from, run = async () => {}, isBusy }: { from: string; run?: () => Promise<void>; isBusy?: () => boolean },
) {
  const clock = createFakeClock(Date.parse(from));
  const startedAt: string[] = [];
  const begin = (): Promise<void> => {
    startedAt.push(new Date(clock.nowMs()).toISOString().slice(0, 16));
    return run();
  };
  const schedule = createSchedule(times, begin, { clock, log, name: 'test', ...(isBusy ? { isBusy } : {}) });
  schedules.push(schedule);
  return { clock, schedule, startedAt };
}

describe('a schedule', () => {
  it('starts at the time in its zone over the day on which the clocks go forward', async () => {
    const { clock, schedule, startedAt } = scheduled(nightly, { from: '2026-03-27T12:00Z' });
    await clock.advance(72 * hourMs);
    expect(startedAt).toEqual(['2026-03-28T02:00', '2026-03-29T01:00', '2026-03-30T01:00']);
    expect(schedule.nextAt()).toBe(Date.parse('2026-03-31T01:00Z'));
    expect(schedule.counts()).toEqual({ started: 3, overlapped: 0, missed: 0, failed: 0 });
  });

  it('starts every so often', async () => {
    const { clock, startedAt } = scheduled({ everyMs: 6 * hourMs }, { from: '2026-01-01T00:05Z' });
    await clock.advance(13 * hourMs);
    expect(startedAt).toEqual(['2026-01-01T06:05', '2026-01-01T12:05']);
  });

  it('says what was missed while nobody was there, and does not catch it up', async () => {
    const { clock, schedule, startedAt } = scheduled(nightly, { from: '2026-01-01T00:00Z' });
    clock.pauseUntil(Date.parse('2026-01-03T12:00Z'));
    await clock.advance(hourMs);
    expect(startedAt).toEqual([]);
    expect(schedule.counts().missed).toBe(1);
    expect(warned).toEqual(['a scheduled start was missed and is not caught up']);
    await clock.advance(24 * hourMs);
    expect(startedAt).toEqual(['2026-01-04T02:00']);
  });

  it('skips a start while the one before goes on, whether it has begun or its work goes on behind it', async () => {
    let end = (): void => {};
    let isBusy = false;
    const run = (): Promise<void> => new Promise((resolve) => (end = resolve));
    const setting = { from: '2026-01-01T00:00Z', run, isBusy: () => isBusy };
    const { clock, schedule } = scheduled({ everyMs: hourMs }, setting);
    await clock.advance(2 * hourMs);
    expect(schedule.counts()).toMatchObject({ started: 1, overlapped: 1 });
    end();
    isBusy = true;
    await clock.advance(hourMs);
    expect(schedule.counts()).toMatchObject({ started: 1, overlapped: 2 });
    isBusy = false;
    await clock.advance(hourMs);
    expect(schedule.counts()).toMatchObject({ started: 2, overlapped: 2 });
    end();
  });

  it('goes on after a start that failed, and stops for good', async () => {
    const run = async (): Promise<void> => {
      throw new Error('no');
    };
    const { clock, schedule } = scheduled({ everyMs: hourMs }, { from: '2026-01-01T00:00Z', run });
    await clock.advance(2 * hourMs);
    expect(schedule.counts()).toMatchObject({ started: 2, failed: 2 });
    schedule.stop();
    expect(schedule.nextAt()).toBeNull();
    await clock.advance(5 * hourMs);
    expect(schedule.counts().started).toBe(2);
    expect(clock.waiting()).toBe(0);
  });
});
