// Repeatable draws for tests of the tap: the same seed, the same sequence.

export interface Random {
  /** A whole number from 0, below the bound. */
  below(bound: number): number;
}

/** xorshift32 (Marsaglia 2003). */
export function createRandom(seed: number): Random {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return {
    below: (bound) => {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      return (state >>> 0) % bound;
    },
  };
}
