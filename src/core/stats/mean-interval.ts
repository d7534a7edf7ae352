// The interval shown beside a mean: the values that the betting e-processes have not yet ruled out.
// Descriptive: verdicts come from the e-values.

/** Bets as fractions of the largest legal one, with their weights. */
export interface Grid {
  readonly fractions: readonly number[];
  readonly logWeights: readonly number[];
}

export function gridOf(fractions: readonly number[], weights: readonly number[]): Grid {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { fractions, logWeights: weights.map((weight) => Math.log(weight / total)) };
}

/** Observations at points, lowest point first; `weights` are counts in any unit of `unit` per observation. */
export interface PointCounts {
  readonly points: readonly number[];
  readonly weights: readonly number[];
  readonly unit?: number;
}

interface End {
  readonly grid: Grid;
  /** ln E at which a value is ruled out. */
  readonly level: number;
}

/**
 * The largest m with ln E^up_m ≥ level, E^up_m betting fractions of 1/(m − low) on "the mean is above m"; the lowest point when there is
 * none. ln E^up_m falls and is convex in ln(m − low) (a log-sum-exp of such), so Newton's method meets its level from one side only.
 * O(bets · occupied points), about six steps. Reference: Waudby-Smith and Ramdas, JRSSB 2024 (betting confidence sequences).
 */
export function lowerEnd({ points, weights, unit = 1 }: PointCounts, end: End): number {
  const low = points[0] as number;
  const span = (points.at(-1) as number) - low;
  return low + distanceEnd({ distance: (index) => (points[index] as number) - low, weights, unit, span }, end);
}

/** The smallest m with ln E^down_m ≥ level: the mirror image. */
export function upperEnd({ points, weights, unit = 1 }: PointCounts, end: End): number {
  const high = points.at(-1) as number;
  const span = high - (points[0] as number);
  return high - distanceEnd({ distance: (index) => high - (points[index] as number), weights, unit, span }, end);
}

interface Distances {
  readonly distance: (index: number) => number;
  readonly weights: readonly number[];
  readonly unit: number;
  readonly span: number;
}

interface Occupied {
  /** Observations at distance 0, where the boldest bet is ruined. */
  readonly atZero: number;
  readonly distances: readonly number[];
  readonly shares: readonly number[];
}

/** Newton's error is the square of its last step, so a step of this size leaves about 1e-12. */
const smallStep = 1e-7;

function distanceEnd(all: Distances, { grid, level }: End): number {
  const occupied = occupiedOf(all);
  const above = occupied.shares.reduce((sum, share) => sum + share, 0);
  if (above === 0) return 0;
  const n = above + occupied.atZero;
  const moment = (power: number): number =>
    occupied.distances.reduce((sum, distance, at) => sum + (occupied.shares[at] as number) * distance ** power, 0) / n;
  const mean = moment(1);
  const variance = Math.max(0, moment(2) - mean * mean);
  const start = mean - Math.sqrt((2 * level * variance) / n) - (level * all.span) / (2 * n);
  // In the logarithm of the distance the function is convex and becomes a straight line towards distance 0.
  let logEnd = Math.log(Math.max(mean / 20, start));
  for (let round = 0; round < 60; round++) {
    const { logE, slope } = logEvidenceAt(Math.exp(logEnd), { occupied, grid });
    const step = (logE - level) / slope;
    logEnd -= step;
    if (!(Math.abs(step) > smallStep)) break;
  }
  return Math.min(all.span, Math.exp(logEnd));
}

function occupiedOf({ distance, weights, unit }: Distances): Occupied {
  const distances: number[] = [];
  const shares: number[] = [];
  let atZero = 0;
  for (let index = 0; index < weights.length; index++) {
    const share = (weights[index] as number) / unit;
    if (share === 0) continue;
    const far = distance(index);
    if (far === 0) atZero += share;
    else {
      distances.push(far);
      shares.push(share);
    }
  }
  return { atZero, distances, shares };
}

/** ln E^up at this distance of m from the lowest point, and its derivative in the logarithm of the distance. */
function logEvidenceAt(
  distance: number,
  { occupied, grid }: { occupied: Occupied; grid: Grid },
): { logE: number; slope: number } {
  let largest = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let slopes = 0;
  for (let bet = 0; bet < grid.fractions.length; bet++) {
    const fraction = grid.fractions[bet] as number;
    if (fraction === 1 && occupied.atZero > 0) continue;
    const { gain, slope } = gainAt({ fraction, distance, occupied });
    const term = (grid.logWeights[bet] as number) + gain;
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
  return { logE: largest + Math.log(sum), slope: slopes / sum };
}

function gainAt({ fraction, distance, occupied }: { fraction: number; distance: number; occupied: Occupied }): {
  gain: number;
  slope: number;
} {
  const { distances, shares, atZero } = occupied;
  let gain = atZero === 0 ? 0 : atZero * Math.log1p(-fraction);
  let slope = 0;
  for (let at = 0; at < distances.length; at++) {
    const share = shares[at] as number;
    const moved = (fraction * (distances[at] as number)) / distance;
    const wealth = 1 - fraction + moved;
    gain += share * Math.log(wealth);
    slope -= (share * moved) / wealth;
  }
  return { gain, slope };
}
