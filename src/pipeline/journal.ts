// Between admission and dispatch: ids reach the disk first, many at a time, so that a crash can never send a request twice.
import type { Clock } from '../io/ports.ts';
import type { Admission, Store } from '../io/store-port.ts';

export interface Journal {
  /** Resolves once the id is durable: true when it is new to the run, false when the run already knew it. Rejects when it could not be written. */
  admit(admission: Admission): Promise<boolean>;
  /** Writes what waits now, without waiting for more. */
  flush(): void;
  /** Admissions that are not on the disk yet. */
  waiting(): number;
}

interface Waiting {
  readonly admission: Admission;
  readonly settle: (isNew: boolean) => void;
  readonly fail: (cause: unknown) => void;
}

/** Group commit: at most `maxWaitMs` (50 by promise) between an admission and its fsync. */
export function createJournal(options: { store: Store; clock: Clock; maxWaitMs?: number }): Journal {
  const { store, clock, maxWaitMs = 20 } = options;
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const batch = waiting;
    if (batch.length === 0) return;
    waiting = [];
    try {
      const known = store.admit(batch.map((one) => one.admission));
      for (const [position, one] of batch.entries()) one.settle(!known.has(position));
    } catch (cause) {
      for (const one of batch) one.fail(cause);
    }
  };
  return {
    flush,
    waiting: () => waiting.length,
    admit: (admission) =>
      new Promise((settle, fail) => {
        if (waiting.length === 0) clock.after(maxWaitMs, flush);
        waiting.push({ admission, settle, fail });
      }),
  };
}
