// The oracle of the statistics' tests: the rates' and the differences' bets written again from the formulas, as a plain product over the observations.
export interface NaiveBet {
  readonly weight: number;
  readonly lambda: number;
}

/** Σ w Π (1 + lambda (x − m)), observation by observation. Small samples only: it is not in the log domain. */
export function naiveWealth(bets: readonly NaiveBet[], observations: readonly number[], tolerance: number): number {
  const total = bets.reduce((sum, { weight }) => sum + weight, 0);
  return bets.reduce((sum, { weight, lambda }) => {
    const wealth = observations.reduce((product, x) => product * (1 + lambda * (x - tolerance)), 1);
    return sum + (weight / total) * wealth;
  }, 0);
}

export function bernoulliUp(m: number): NaiveBet[] {
  const bets: NaiveBet[] = [];
  for (let k = -3; ; k++) {
    const odds = (1 + 2 ** k) * (m / (1 - m));
    const q = odds / (1 + odds);
    if (q > 0.9995) return bets;
    bets.push({ weight: 2 ** (-Math.abs(k) / 2), lambda: (q - m) / (m * (1 - m)) });
  }
}

export function bernoulliDown(m: number): NaiveBet[] {
  const weights = [3, 2, 2, 2, 2, 2, 1, 1, 1, 1];
  return [0, 1 / 16, 1 / 8, 1 / 4, 0.4, 0.55, 0.7, 0.8, 0.88, 0.94].map((factor, index) => ({
    weight: weights[index] as number,
    lambda: (m * factor - m) / (m * (1 - m)),
  }));
}

export function trinomialUp(t: number): NaiveBet[] {
  return [1, 0.7, 0.45, 0.28, 0.17, 0.1, 0.06, 0.03].map((c) => ({ weight: 1, lambda: c / (1 + t) }));
}

export function trinomialDown(t: number): NaiveBet[] {
  const weights = [4, 3, 2, 2, 1, 1, 1, 1];
  return [1, 0.85, 0.65, 0.45, 0.3, 0.18, 0.1, 0.05].map((c, index) => ({
    weight: weights[index] as number,
    lambda: -c / (1 - t),
  }));
}

/** Bounded mean; `low` is 0 for |difference| and −1 for signed numbers. */
export function meanUp(m: number, low: number): NaiveBet[] {
  return [1, 0.93, 0.8, 0.6, 0.42, 0.3, 0.21, 0.15, 0.105, 0.074, 0.052, 0.037, 0.026, 0.018, 0.013].map((c) => ({
    weight: 1,
    lambda: c / (m - low),
  }));
}

export function meanDown(m: number): NaiveBet[] {
  return trinomialDown(m);
}
