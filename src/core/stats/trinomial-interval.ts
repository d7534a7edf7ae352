// The interval shown beside a paired difference: the limits that the trinomial e-processes have not yet ruled out.
// Descriptive: verdicts come from the e-values.
import { downFractions, downWeights, upFractions, upWeights } from './trinomial-grid.ts';

interface Grid {
  readonly fractions: readonly number[];
  readonly logWeights: readonly number[];
}

const upGrid = gridOf(upFractions, upWeights);
const downGrid = gridOf(downFractions, downWeights);

function gridOf(fractions: readonly number[], weights: readonly number[]): Grid {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { fractions, logWeights: weights.map((weight) => Math.log(weight / total)) };
}

/**
 * Confidence sequence for the mean of X in {−1, 0, 1} by inverting the e-processes of §1b in the tolerance t: the lower end is the
 * largest t with E^up_t ≥ 2/alpha, the upper end the smallest t with E^down_t ≥ 2/alpha. Covers at all n at once with probability 1 − alpha.
 * ln E^up_t falls and is convex in ln(1 + t), so Newton's method meets its level from one side only: O(8 bets), about six steps per end.
 * Reference: Waudby-Smith and Ramdas, JRSSB 2024 (betting confidence sequences).
 *
 * @example trinomialInterval({ up: 0, same: 1000, down: 0, alpha: 0.01 }) // [−0.0069…, 0.0067…]
 */
export function trinomialInterval({
  up,
  same,
  down,
  alpha,
}: {
  up: number;
  same: number;
  down: number;
  alpha: number;
}): readonly [number, number] {
  const level = Math.log(2 / alpha);
  const lower = lowerEnd({ up, same, down }, { grid: upGrid, level });
  // Evidence of DOWN on X at t is evidence of UP on −X at −t, with the DOWN grid.
  const upper = -lowerEnd({ up: down, same, down: up }, { grid: downGrid, level });
  return [lower, upper];
}

/** Newton's error is the square of its last step, so a step of this size leaves about 1e-12. */
const smallStep = 1e-7;

interface Cells {
  readonly up: number;
  readonly same: number;
  readonly down: number;
}

function lowerEnd(cells: Cells, { grid, level }: { grid: Grid; level: number }): number {
  const { up, same, down } = cells;
  const n = up + same + down;
  if (up + same === 0) return -1;
  const estimate = (up - down) / n;
  const variance = (up + down) / n - estimate * estimate;
  const start = estimate - Math.sqrt((2 * level * variance) / n) - level / n;
  // In ln(1 + t) the function stays convex and becomes a straight line towards t = −1.
  let logLimit = Math.log1p(Math.max(-0.9, start));
  for (let round = 0; round < 60; round++) {
    const limit = Math.expm1(logLimit);
    const { logE, slope } = logEvidenceAt(limit, { cells, grid });
    const step = (logE - level) / (slope * (1 + limit));
    logLimit -= step;
    if (!(Math.abs(step) > smallStep)) break;
  }
  return Math.min(1, Math.expm1(logLimit));
}

/** ln E^up at tolerance t and its derivative in t. */
function logEvidenceAt(t: number, { cells, grid }: { cells: Cells; grid: Grid }): { logE: number; slope: number } {
  const { up, same, down } = cells;
  let largest = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let slopes = 0;
  for (let bet = 0; bet < grid.fractions.length; bet++) {
    const fraction = grid.fractions[bet] as number;
    if (fraction === 1 && down > 0) continue;
    const onUp = 1 + t + fraction * (1 - t);
    const onSame = 1 + t - fraction * t;
    const lost = down === 0 ? 0 : down * Math.log1p(-fraction);
    const term = (grid.logWeights[bet] as number) + up * Math.log(onUp) + same * Math.log(onSame) + lost;
    const slope = (1 - fraction) * (up / onUp + same / onSame);
    if (term > largest) {
      const shrink = Math.exp(largest - term);
      sum = sum * shrink + 1;
      slopes = slopes * shrink + slope;
      largest = term;
    } else {
      const share = Math.exp(term - largest);
      sum += share;
      slopes += share * slope;
    }
  }
  return {
    logE: largest + Math.log(sum) - (up + same) * Math.log(1 + t),
    slope: slopes / sum - (up + same) / (1 + t),
  };
}
