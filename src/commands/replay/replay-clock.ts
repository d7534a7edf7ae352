// The clock of a replay. Wall time is the recording's own and moves only when told; durations, deadlines and injected delays stay real.
// The comparator's own tick is driven by wall time, so that buckets close where the recording says, however fast it is replayed.
import type { Clock } from '../../io/ports.ts';

export interface ReplayClock extends Clock {
  /** From here on the timers that wait now, and those they start themselves, run only by `tick`. Call it when no arm is asked. */
  rest(): void;
  /** Moves wall time on, never back. */
  passTo(wallMs: number): void;
  /** Runs the resting timers, as live time would several times a second. */
  tick(): void;
  /** Timers that this starts at once wait for `release` and not for real time: the journal's wait for company. */
  gather<Result>(run: () => Result): Result;
  release(): void;
  /** Real timers that wait. An arm that is asked always has one (its delay or its deadline), so none means that all have answered. */
  waiting(): number;
  /** Resolves when a real timer has run or was cancelled, and all that follows from it at once has happened. */
  changed(): Promise<void>;
}

export function createReplayClock(startMs: number): ReplayClock {
  let wallMs = startMs;
  const real = new Map<() => void, NodeJS.Timeout>();
  const [resting, gathered] = [new Set<() => void>(), new Set<() => void>()];
  /** Where timers that are started now go; null: real time. */
  let kept: Set<() => void> | null = null;
  const keeping = <Result>(where: Set<() => void>, run: () => Result): Result => {
    kept = where;
    try {
      return run();
    } finally {
      kept = null;
    }
  };
  let waiters: (() => void)[] = [];
  const tell = (): void => {
    const told = waiters;
    waiters = [];
    // Outcomes are settled in microtasks; by then they are through.
    if (told.length > 0) setImmediate(() => told.forEach((resolve) => void resolve()));
  };
  const wait = (once: () => void, delayMs: number): void => {
    const timer = setTimeout(() => {
      if (real.delete(once)) once();
      tell();
    }, delayMs);
    real.set(once, timer);
  };
  return {
    nowMs: () => wallMs,
    monotonicMs: () => performance.now(),
    paceMs: () => wallMs,
    after: (delayMs, run) => {
      // One entry per call: the same function may wait twice.
      const once = (): void => run();
      if (kept === null) wait(once, delayMs);
      else kept.add(once);
      return () => {
        resting.delete(once);
        gathered.delete(once);
        clearTimeout(real.get(once));
        if (real.delete(once)) tell();
      };
    },
    rest: () => {
      for (const [once, timer] of real) {
        clearTimeout(timer);
        resting.add(once);
      }
      real.clear();
    },
    passTo: (to) => {
      wallMs = Math.max(wallMs, to);
    },
    tick: () => keeping(resting, () => runAll(resting)),
    gather: (run) => keeping(gathered, run),
    release: () => runAll(gathered),
    waiting: () => real.size,
    changed: () => new Promise((resolve) => void waiters.push(resolve)),
  };
}

/** Those that wait now, not those that they start. */
function runAll(timers: Set<() => void>): void {
  const due = [...timers];
  timers.clear();
  for (const run of due) run();
}
