// Between admission and dispatch: ids reach the disk first, many at a time, so that a crash can never send a request twice.
import type { Clock } from '../io/ports.ts';
import type { Admission, Store } from '../io/store-port.ts';

/** What became of an admission: durable, and new to the run or known to it before; or it could not be written. */
export type Written = { readonly isNew: boolean } | { readonly cause: unknown };

export interface Journal {
  /** Tells once what became of it. */
  admit(admission: Admission, tell: (written: Written) => void): void;
  /** Writes what waits now, without waiting for more. */
  flush(): void;
  /** Admissions that are not on the disk yet. */
  waiting(): number;
}

interface Waiting {
  readonly admission: Admission;
  readonly tell: (written: Written) => void;
}

const asNew: Written = { isNew: true };
const asKnown: Written = { isNew: false };

/** Group commit: at most `maxWaitMs` (50 by promise) between an admission and its fsync. */
export function createJournal(options: { store: Store; clock: Clock; maxWaitMs?: number }): Journal {
  const { store, clock, maxWaitMs = 20 } = options;
  let waiting: Waiting[] = [];
  const write = (batch: readonly Waiting[]): ((position: number) => Written) => {
    try {
      const known = store.admit(batch.map(({ admission }) => admission));
      return (position) => (known.has(position) ? asKnown : asNew);
    } catch (cause) {
      return () => ({ cause });
    }
  };
  const flush = (): void => {
    const batch = waiting;
    if (batch.length === 0) return;
    waiting = [];
    const writtenAt = write(batch);
    for (const [position, { tell }] of batch.entries()) tell(writtenAt(position));
  };
  return {
    flush,
    waiting: () => waiting.length,
    admit: (admission, tell) => {
      if (waiting.length === 0) clock.after(maxWaitMs, flush);
      waiting.push({ admission, tell });
    },
  };
}
