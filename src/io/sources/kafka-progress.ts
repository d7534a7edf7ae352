// How far a partition is done with: the first record whose fate is not settled yet. Reading begins there after a restart.

export interface Progress {
  /** From here on. What is waited for since an assignment before is still waited for. */
  begin(offset: number): void;
  /** Until the returned function is called, the mark does not pass it; one that was taken twice is waited for twice. */
  take(offset: number): () => void;
  /** Everything before it was read. */
  readUpTo(offset: number): void;
  mark(): number | null;
}

export function createProgress(): Progress {
  const waiting = new Map<number, number>();
  let next: number | null = null;
  return {
    begin: (offset) => {
      next = offset;
    },
    take: (offset) => {
      waiting.set(offset, (waiting.get(offset) ?? 0) + 1);
      let isSettled = false;
      return () => {
        if (isSettled) return;
        isSettled = true;
        const left = (waiting.get(offset) ?? 1) - 1;
        if (left > 0) waiting.set(offset, left);
        else waiting.delete(offset);
      };
    },
    readUpTo: (offset) => {
      next = Math.max(next ?? 0, offset);
    },
    mark: () => {
      let lowest = next;
      for (const offset of waiting.keys()) lowest = Math.min(lowest ?? offset, offset);
      return lowest;
    },
  };
}
