// The mean of a bounded number as a statistic: bets on a hat histogram, shared by the bounded mean and the bias.
import type { Counts, Evidence } from '../../model.ts';
import { addHat, type Hat, type HatOptions, hatCells, hatMean, hatUnit, placesOf } from './hat-histogram.ts';
import type { LinearStatistic } from './linear.ts';
import { gridOf, lowerEnd, upperEnd } from './mean-interval.ts';
import { type Bets, bestGrowth, createBets, gainOf, logWealth, rememberByTolerance } from './mixture.ts';
import { type Claim, checkClaim, checkShare, type LogE, noEvidence } from './statistic.ts';
import { stillNeeded } from './still-needed.ts';
import { downFractions, downWeights } from './trinomial-grid.ts';

const upFractions = [1, 0.93, 0.8, 0.6, 0.42, 0.3, 0.21, 0.15, 0.105, 0.074, 0.052, 0.037, 0.026, 0.018, 0.013];
const upWeights = upFractions.map(() => 1);
const upGrid = gridOf(upFractions, upWeights);
const downGrid = gridOf(downFractions, downWeights);

/** The boldest stake that a double still carries through; less than the largest legal one is always legal. */
const boldest = 1e300;

/** Bets on "the mean is above m" and "below m" for numbers at these points, in hat units: lambda = c/(m − low) and −c/(high − m). */
function createHatBets(points: readonly number[], m: number): { readonly up: Bets; readonly down: Bets } {
  const low = points[0] as number;
  const high = points.at(-1) as number;
  const gains = (lambda: number): number[] => points.map((point) => gainOf(lambda * (point - m)) / hatUnit);
  return {
    up: createBets(
      upWeights,
      upFractions.map((fraction) => gains(Math.min(boldest, fraction / (m - low)))),
    ),
    down: createBets(
      downWeights,
      downFractions.map((fraction) => gains(-fraction / (high - m))),
    ),
  };
}

/**
 * A statistic of the mean of a bounded number on these points: null of UP: mean ≤ tolerance, null of DOWN: mean ≥ tolerance.
 * ln(1 + lambda (x − m)) is concave in x, so what the hat credits between two points is never more than the true gain: the evidence is a
 * valid lower bound (bin means would not be). O(23 bets · points) per evidence.
 */
export function createHatStatistic(options: HatOptions): LinearStatistic {
  const hat: Hat = { ...options, places: placesOf(options.points) };
  const betsFor = rememberByTolerance((tolerance) => createHatBets(options.points, tolerance));
  const cellsOf = (counts: Counts): readonly number[] => hatCells(counts, options);
  const logE = (counts: Counts, tolerance: number): LogE => {
    const cells = cellsOf(counts);
    checkShare('tolerance', tolerance);
    const { up, down } = betsFor(tolerance);
    return { up: logWealth(up, cells), down: logWealth(down, cells) };
  };
  return {
    name: options.name,
    size: options.points.length + 1,
    add: (counts, observation) => addHat(counts, observation, hat),
    logE,
    evidence(counts, claim) {
      checkClaim(claim);
      const found = logE(counts, claim.tolerance);
      if (counts[0] === 0) return noEvidence;
      return hatEvidence(cellsOf(counts), { claim, found, points: options.points, bets: betsFor(claim.tolerance) });
    },
    cellsOf,
    betsFor,
  };
}

interface Found {
  readonly claim: Claim;
  readonly found: LogE;
  readonly points: readonly number[];
  readonly bets: { readonly up: Bets; readonly down: Bets };
}

function hatEvidence(cells: readonly number[], { claim, found, points, bets }: Found): Evidence {
  const n = cells.reduce((sum, weight) => sum + weight, 0) / hatUnit;
  const estimate = hatMean(cells, points);
  const isAbove = estimate > claim.tolerance;
  return {
    n,
    estimate,
    interval: hatInterval(cells, { points, alpha: Math.max(claim.alphaViolated, claim.alphaHolds) }),
    logEUp: found.up,
    logEDown: found.down,
    stillNeeded: stillNeeded({
      n,
      logE: isAbove ? found.up : found.down,
      alpha: isAbove ? claim.alphaViolated : claim.alphaHolds,
      growth: hatUnit * bestGrowth(isAbove ? bets.up : bets.down, cells),
    }),
  };
}

/** Confidence sequence of the mean by inverting both e-processes at 2/alpha. */
function hatInterval(
  cells: readonly number[],
  { points, alpha }: { points: readonly number[]; alpha: number },
): readonly [number, number] {
  const level = Math.log(2 / alpha);
  const seen = { points, weights: cells, unit: hatUnit };
  return [lowerEnd(seen, { grid: upGrid, level }), upperEnd(seen, { grid: downGrid, level })];
}
