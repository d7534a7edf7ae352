// Chance of a two-sample Kolmogorov–Smirnov distance at least this large when both samples come from one distribution: exact by walking the
// lattice of all orders in which two samples can come, and a close approximation where that walk would be long.
import { gammaln } from 'simple-statistics';

/** Sizes of the two samples, and the distance in units of 1/(n m): max |i m − j n|. */
export interface Distance {
  readonly n: number;
  readonly m: number;
  readonly steps: number;
}

/** Longest walk: about a tenth of a second. */
const mostCells = 1e7;

/** P(D ≥ steps/(n m)); conservative with ties where exact. */
export function ksTail({ n, m, steps }: Distance): number {
  if (steps === 0) return 1;
  if (n === m) return equalTail(n, steps / n);
  const distance = steps / (n * m);
  // Only cells nearer to the diagonal than the distance are walked.
  if (n * m * Math.min(1, 2 * distance) <= mostCells) return walkedTail({ n, m, steps });
  return limitTail(distance, (n * m) / (n + m));
}

/** Of two samples of n: 2 Σ (−1)^(j−1) C(2n, n − j·steps)/C(2n, n) over j ≥ 1. Reference: Gnedenko and Korolyuk 1951. */
function equalTail(n: number, steps: number): number {
  const logMiddle = -2 * gammaln(n + 1);
  let sum = 0;
  for (let j = 1; j * steps <= n; j++) {
    const logChance = -gammaln(n - j * steps + 1) - gammaln(n + j * steps + 1) - logMiddle;
    sum += (j % 2 === 1 ? 2 : -2) * Math.exp(logChance);
  }
  return sum;
}

/**
 * All orders of n and m equal-chance observations are paths from (0, 0) to (n, m). Of the paths to (i, j), i/(i + j) come from (i − 1, j), so the
 * share that has ever been `steps` off the diagonal is a mean of two neighbours' shares: no cancellation, small p-values keep their
 * digits. O(cells nearer than that). Reference: Hodges 1958, Arkiv för Matematik 3.
 */
function walkedTail({ n, m, steps }: Distance): number {
  const shares = new Float64Array(m + 1).fill(1);
  for (let i = 0; i <= n; i++) {
    const first = Math.max(0, Math.floor((i * m - steps) / n) + 1);
    const last = Math.min(m, Math.ceil((i * m + steps) / n) - 1);
    let left = 1;
    for (let j = first; j <= last; j++) {
      left = i + j === 0 ? 0 : (i * (shares[j] as number) + j * left) / (i + j);
      shares[j] = left;
    }
  }
  return shares[m] as number;
}

/**
 * P(K ≥ x) of Kolmogorov's distribution at x = t + 1/(6√N) + (t − 1)/(4N), t = D √N, N = n m/(n + m): the second-order correction for a
 * finite sample. References: Kolmogorov 1933; Vrbik 2018, Pioneer Journal of Theoretical and Applied Statistics 15.
 */
function limitTail(distance: number, size: number): number {
  const plain = distance * Math.sqrt(size);
  const x = plain + 1 / (6 * Math.sqrt(size)) + (plain - 1) / (4 * size);
  if (x < 0.2) return 1;
  let sum = 0;
  for (let j = 1; j <= 100; j++) sum += (j % 2 === 1 ? 2 : -2) * Math.exp(-2 * j * j * x * x);
  return sum;
}
