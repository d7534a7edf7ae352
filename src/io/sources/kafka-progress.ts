// How far a partition is done with: the first record whose fate is not settled yet. Reading begins there after a restart.

export interface Progress {
  /** From here on; what was waited for before is forgotten. */
  begin(offset: number): void;
  /** Until the returned function is called, the mark does not pass it. */
  take(offset: number): () => void;
  /** Everything before it was read. */
  readUpTo(offset: number): void;
  mark(): number | null;
}

export function createProgress(): Progress {
  let waiting = new Set<number>();
  let next: number | null = null;
  return {
    begin: (offset) => {
      waiting = new Set();
      next = offset;
    },
    take: (offset) => {
      const mine = waiting;
      mine.add(offset);
      return () => void mine.delete(offset);
    },
    readUpTo: (offset) => {
      next = Math.max(next ?? 0, offset);
    },
    // Insertion order is offset order, so the first is the lowest.
    mark: () => {
      for (const offset of waiting) return offset;
      return next;
    },
  };
}
