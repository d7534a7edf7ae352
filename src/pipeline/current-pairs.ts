// How many pairs speak of the versions that answer now. Those of a version before say nothing about this one, so a gate's
// minPairs must not be filled with them.

export interface Judged {
  /** Observations behind the hypothesis. */
  readonly n: number;
  /** Above 1: its evidence has started anew. */
  readonly generation: number;
}

/** `compared` are all of an arm's pairs, `judged` its hypotheses. */
export function currentPairs(compared: number, judged: readonly Judged[]): number {
  if (!judged.some(({ generation }) => generation > 1)) return compared;
  return Math.min(compared, Math.max(...judged.map(({ n }) => n)));
}
