// The clock of a process that a test can kill, freeze and thaw.
import type { Clock } from '../../src/io/ports.ts';

/** A process's clock: its timers stop with it. */
export function createProcessClock(clock: Clock) {
  let state: 'live' | 'frozen' | 'dead' = 'live';
  let held: (() => void)[] = [];
  const own: Clock = {
    ...clock,
    after: (delayMs, run) =>
      clock.after(delayMs, () => {
        if (state === 'live') run();
        else if (state === 'frozen') held.push(run);
      }),
  };
  return {
    own,
    kill: () => {
      state = 'dead';
    },
    freeze: () => {
      state = 'frozen';
    },
    thaw: () => {
      if (state !== 'frozen') return;
      state = 'live';
      const all = held;
      held = [];
      for (const run of all) run();
    },
  };
}
