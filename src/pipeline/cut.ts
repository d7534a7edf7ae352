// What ends the calls of a run that is cut short, all at once: an abort, a stop, the kill switch.

export interface Cut {
  isMade(): boolean;
  /** Runs the given act when the cut is made; the returned function takes it back. */
  onMade(act: () => void): () => void;
  make(): void;
}

export function createCut(): Cut {
  const acts = new Set<() => void>();
  let isMade = false;
  return {
    isMade: () => isMade,
    onMade: (act) => {
      acts.add(act);
      return () => void acts.delete(act);
    },
    make: () => {
      isMade = true;
      for (const act of acts) act();
      acts.clear();
    },
  };
}
