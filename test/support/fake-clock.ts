// A clock that only moves when a test says so. Timers run in the order of their times, and whatever they set in motion comes to
// rest before the next one runs, so that a timeline is the same in every run.
import type { Clock } from '../../src/io/ports.ts';

export interface FakeClock extends Clock {
  /** Moves time on, running what falls due on the way. */
  advance(ms: number): Promise<void>;
  /** Moves to this moment of wall time. */
  advanceTo(nowMs: number): Promise<void>;
  /** Moves to this moment without running anything, as for a process that was paused. */
  pauseUntil(nowMs: number): void;
  /** Forgets every timer: what waited for one is dead, as after a crash. */
  stopForGood(): void;
  /** Sets wall time forward or back, as somebody who sets the clock: nothing else moves. */
  setWall(byMs: number): void;
  /** Timers that wait. */
  waiting(): number;
}

interface Timer {
  readonly dueMs: number;
  readonly sequence: number;
  readonly run: () => void;
}

/** A round moment: the edge of every bucket up to an hour. */
export const roundMs = 1_700_002_800_000;

export function createFakeClock(startMs = roundMs): FakeClock {
  let nowMs = startMs;
  let wallOffMs = 0;
  let sequence = 0;
  let isStopped = false;
  const timers = new Set<Timer>();
  const nextBefore = (limitMs: number): Timer | null => {
    let next: Timer | null = null;
    for (const timer of timers) {
      if (timer.dueMs > limitMs) continue;
      const isEarlier =
        next === null || timer.dueMs < next.dueMs || (timer.dueMs === next.dueMs && timer.sequence < next.sequence);
      if (isEarlier) next = timer;
    }
    return next;
  };
  const advanceTo = async (targetMs: number): Promise<void> => {
    await settle();
    for (let timer = nextBefore(targetMs); timer !== null; timer = nextBefore(targetMs)) {
      timers.delete(timer);
      nowMs = Math.max(nowMs, timer.dueMs);
      timer.run();
      await settle();
    }
    nowMs = Math.max(nowMs, targetMs);
  };
  return {
    nowMs: () => nowMs + wallOffMs,
    monotonicMs: () => nowMs - startMs,
    after: (delayMs, run) => {
      sequence += 1;
      const timer: Timer = { dueMs: nowMs + Math.max(0, delayMs), sequence, run };
      if (!isStopped) timers.add(timer);
      return () => void timers.delete(timer);
    },
    advance: (ms) => advanceTo(nowMs + ms),
    advanceTo,
    pauseUntil: (until) => {
      nowMs = Math.max(nowMs, until);
    },
    setWall: (byMs) => {
      wallOffMs += byMs;
    },
    stopForGood: () => {
      isStopped = true;
      timers.clear();
    },
    waiting: () => timers.size,
  };
}

/** Lets every promise that can go on do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
