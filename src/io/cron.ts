// Cron lines in a time zone: when the next moment is. Five fields (minute, hour, day, month, weekday), read by croner, which also knows
// what becomes of an hour that a zone's clocks skip or show twice.
import { Cron } from 'croner';
import { messageOf, PenumbraError } from '../errors.ts';

export interface CronLine {
  /** The first moment strictly after this one. */
  nextAfter(ms: number): number;
}

/**
 * A daily time that falls into a skipped hour comes once, as soon as the clocks have gone forward; one in an hour that is shown twice comes
 * once, the first time. Lines that go by the hour or the minute ("*", steps) follow time as it passes.
 *
 * @throws PenumbraError USAGE for a line that is none, or that no day ever meets
 */
export function readCron(at: string, { zone }: { readonly zone: string }): CronLine {
  if (at.trim().split(/\s+/).length !== 5) throw unreadable(at, 'it has not five fields');
  const cron = parsed(at, zone);
  const nextAfter = (ms: number): number | null => cron.nextRun(new Date(ms))?.getTime() ?? null;
  // Any moment will do: croner looks over leap years.
  if (nextAfter(0) === null) throw unreadable(at, 'no day ever meets it');
  return { nextAfter: (ms) => nextAfter(ms) ?? Number.POSITIVE_INFINITY };
}

function parsed(at: string, timezone: string): Cron {
  try {
    return new Cron(at, { timezone, paused: true, mode: '5-part' });
  } catch (thrown) {
    throw unreadable(at, messageOf(thrown).replace(/^Cron\w+: /, ''));
  }
}

function unreadable(at: string, why: string): PenumbraError {
  return new PenumbraError('USAGE', `"${at}" is no cron line such as "0 3 * * *" (3 o'clock every day): ${why}`);
}

/** Whether this machine knows the zone. */
export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** "Mon 2026-11-23 03:00 Europe/Berlin" */
export function zonedTime(ms: number, zone: string): string {
  const day = new Intl.DateTimeFormat('en-US', { timeZone: zone, weekday: 'short' }).format(ms);
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return `${day} ${clock.format(ms)} ${zone}`;
}
