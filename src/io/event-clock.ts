// The clock of a comparator that reads the past: wall time is the latest arrival that was read, and the machine's again once everything is
// read. Durations, deadlines and delays stay real.
import type { Clock } from './ports.ts';

export interface EventClock extends Clock {
  /** Moves wall time on, never back. */
  passTo(wallMs: number): void;
  /** From here on wall time is the machine's. */
  catchUp(): void;
}

export function createEventClock(startMs: number, real: Clock): EventClock {
  let wallMs = startMs;
  let isPast = true;
  const nowMs = (): number => {
    if (!isPast) wallMs = Math.max(wallMs, real.nowMs());
    return wallMs;
  };
  return {
    nowMs,
    // What is read as fast as possible is limited by how many requests are open, not by the minutes it lasts.
    paceMs: nowMs,
    monotonicMs: real.monotonicMs,
    after: real.after,
    passTo: (to) => {
      // Nothing was recorded in the future: one wrong time must not close the buckets of all that follows.
      wallMs = Math.max(wallMs, Math.min(to, real.nowMs()));
    },
    catchUp: () => {
      isPast = false;
    },
  };
}
