// Waiting that always ends: when the time is over, when the faults are removed, or when the caller has gone. Every delay of
// the proxy goes through here, so that nothing outlives its reason.

export type WaitEnd = 'elapsed' | 'released' | 'gone';

export interface Wait {
  readonly ended: Promise<WaitEnd>;
  end(how: WaitEnd): void;
}

export interface Waits {
  /** Null: without end of its own. */
  begin(delayMs: number | null): Wait;
  /** Ends all that are under way, and all that come later at once. */
  releaseAll(): void;
  readonly size: number;
}

export function createWaits(): Waits {
  const open = new Set<Wait>();
  let isReleased = false;
  return {
    begin: (delayMs) => {
      let finish: (how: WaitEnd) => void = () => undefined;
      const ended = new Promise<WaitEnd>((resolve) => {
        finish = resolve;
      });
      const timer = delayMs === null ? undefined : setTimeout(() => wait.end('elapsed'), delayMs);
      const wait: Wait = {
        ended,
        end: (how) => {
          clearTimeout(timer);
          open.delete(wait);
          finish(how);
        },
      };
      open.add(wait);
      if (isReleased) wait.end('released');
      return wait;
    },
    releaseAll: () => {
      isReleased = true;
      for (const wait of [...open]) wait.end('released');
    },
    get size() {
      return open.size;
    },
  };
}
