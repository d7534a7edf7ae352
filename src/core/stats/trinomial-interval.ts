// The interval shown beside a paired difference: the limits that the trinomial e-processes have not yet ruled out.
// Descriptive: verdicts come from the e-values.
import { gridOf, lowerEnd, upperEnd } from './mean-interval.ts';
import { checkedCount, checkShare } from './statistic.ts';
import { downFractions, downWeights, upFractions, upWeights } from './trinomial-grid.ts';

const upGrid = gridOf(upFractions, upWeights);
const downGrid = gridOf(downFractions, downWeights);
const points = [-1, 0, 1] as const;

/** Counts of −1, 0 and 1. */
type Cells = readonly [down: number, same: number, up: number];

/** The largest limit that the mean is proven to exceed at this level of ln E; −1 when there is none. */
export function trinomialLowerEnd(cells: Cells, level: number): number {
  return lowerEnd({ points, weights: cells }, { grid: upGrid, level });
}

/** The smallest limit that the mean is proven to stay below at this level of ln E; 1 when there is none. */
export function trinomialUpperEnd(cells: Cells, level: number): number {
  return upperEnd({ points, weights: cells }, { grid: downGrid, level });
}

/**
 * Confidence sequence for the mean of X in {−1, 0, 1} by inverting the trinomial e-processes in the tolerance t: the lower end is the
 * largest t with E^up_t ≥ 2/alpha, the upper end the smallest t with E^down_t ≥ 2/alpha. Covers at all n at once with probability 1 − alpha.
 * O(8 bets), about six steps per end. Reference: Waudby-Smith and Ramdas, JRSSB 2024 (betting confidence sequences).
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for counts that are none and an alpha outside (0, 1)
 * @example trinomialInterval({ up: 0, same: 1000, down: 0, alpha: 0.01 }) // [−0.0072…, 0.0062…]
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
  checkShare('alpha', alpha);
  const level = Math.log(2 / alpha);
  const cells: Cells = [checkedCount(down), checkedCount(same), checkedCount(up)];
  return [trinomialLowerEnd(cells, level), trinomialUpperEnd(cells, level)];
}
