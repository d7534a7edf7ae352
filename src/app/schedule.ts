// Starts something at the times of a cron line in its time zone, or every so often. Time comes from the clock it is given, and what was
// missed (penumbra was down, the machine slept) is not caught up: it is said, and the next time is waited for.
import { messageOf } from '../errors.ts';
import { readCron } from '../io/cron.ts';
import type { Clock, Log } from '../io/ports.ts';

export interface ScheduleTimes {
  /** A cron line of five fields, with its zone; or else `everyMs`. */
  readonly at?: string;
  readonly zone?: string;
  /** The first time so long after the start. */
  readonly everyMs?: number;
}

export interface ScheduleCounts {
  readonly started: number;
  /** The one before had not ended. */
  readonly overlapped: number;
  /** Noticed too late to be started. */
  readonly missed: number;
  readonly failed: number;
}

export interface Schedule {
  /** The next time, in epoch milliseconds; null when it is stopped. */
  nextAt(): number | null;
  counts(): ScheduleCounts;
  /** Nothing is started from here on; what runs goes on. */
  stop(): void;
}

export interface ScheduleDeps {
  readonly clock: Clock;
  readonly log: Log;
  /** What is started, for the log. */
  readonly name: string;
  /** Whether the last one still goes on after its `run` has resolved. */
  readonly isBusy?: () => boolean;
}

/** Timers lose count of days, and wall time may be set meanwhile: it is looked at again at least so often. */
const longestWaitMs = 60_000;
/** A time noticed later than this was missed. */
const mostLateMs = 120_000;

/** Waits from now on. `run` may reject: that is counted and said. @throws PenumbraError USAGE for a cron line that is none */
export function createSchedule(times: ScheduleTimes, run: () => Promise<void>, deps: ScheduleDeps): Schedule {
  const { clock, log, name, isBusy = () => false } = deps;
  const nextAfter = timesOf(times, clock.nowMs());
  const counts = { started: 0, overlapped: 0, missed: 0, failed: 0 };
  let dueMs = nextAfter(clock.nowMs());
  let isRunning = false;
  let cancel = (): void => {};
  let isStopped = false;
  const begin = async (): Promise<void> => {
    counts.started += 1;
    isRunning = true;
    try {
      await run();
    } catch (thrown) {
      counts.failed += 1;
      log.error({ schedule: name, problem: messageOf(thrown) }, 'a scheduled start failed');
    } finally {
      isRunning = false;
    }
  };
  const fire = (nowMs: number): void => {
    const at = new Date(dueMs).toISOString();
    if (nowMs - dueMs > mostLateMs) {
      counts.missed += 1;
      log.warn({ schedule: name, at }, 'a scheduled start was missed and is not caught up');
    } else if (isRunning || isBusy()) {
      counts.overlapped += 1;
      log.warn({ schedule: name, at }, 'a scheduled start was skipped: the one before has not ended');
    } else void begin();
  };
  const wait = (): void => {
    if (isStopped) return;
    const nowMs = clock.nowMs();
    if (nowMs >= dueMs) {
      fire(nowMs);
      dueMs = nextAfter(nowMs);
    }
    // A clock that is set back does not meet a time twice: what is due stays due.
    cancel = clock.after(Math.max(0, Math.min(dueMs - nowMs, longestWaitMs)), wait);
  };
  wait();
  return {
    nextAt: () => (isStopped ? null : dueMs),
    counts: () => ({ ...counts }),
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}

function timesOf({ at, zone, everyMs }: ScheduleTimes, fromMs: number): (ms: number) => number {
  if (at !== undefined) return readCron(at, { zone: zone ?? 'UTC' }).nextAfter;
  const step = Math.max(1, everyMs ?? Number.POSITIVE_INFINITY);
  return (ms) => fromMs + (Math.floor((ms - fromMs) / step) + 1) * step;
}
