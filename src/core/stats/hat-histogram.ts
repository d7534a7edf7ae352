// The hat histogram: a bounded number counted in integers at a few declared points, so that its mean is judged exactly and merges by
// addition. A number between two points counts for both, the nearer the more.
import type { Counts, Evidence } from '../../model.ts';
import type { LinearStatistic } from './linear.ts';
import { gridOf, lowerEnd, upperEnd } from './mean-interval.ts';
import { type Bets, bestGrowth, createBets, gainOf, logWealth, rememberByTolerance } from './mixture.ts';
import {
  type Claim,
  checkClaim,
  checkedCount,
  checkShare,
  inputInvalid,
  noEvidence,
  type Observation,
} from './statistic.ts';
import { stillNeeded } from './still-needed.ts';
import { downFractions, downWeights } from './trinomial-grid.ts';

/** One observation weighs this many units; numbers are rounded to this fraction of the gap between two points. */
export const hatUnit = 1024;

/** Points for |difference|, dense where models usually agree. */
export const distancePoints: readonly number[] = [
  0, 1e-4, 3e-4, 1e-3, 2e-3, 4e-3, 7e-3, 0.01, 0.015, 0.02, 0.03, 0.04, 0.055, 0.075, 0.1, 0.13, 0.17, 0.22, 0.3, 0.4,
  0.55, 0.75, 1,
];
/** The same on both sides of 0, for signed differences. */
export const differencePoints: readonly number[] = [
  ...distancePoints
    .slice(1)
    .reverse()
    .map((point) => -point),
  ...distancePoints,
];

const upFractions = [1, 0.93, 0.8, 0.6, 0.42, 0.3, 0.21, 0.15, 0.105, 0.074, 0.052, 0.037, 0.026, 0.018, 0.013];
const upWeights = upFractions.map(() => 1);
const upGrid = gridOf(upFractions, upWeights);
const downGrid = gridOf(downFractions, downWeights);

/** Bets on "the mean is above m" and "below m" for numbers at these points, in hat units: lambda = c/(m − low) and −c/(high − m). */
export function createHatBets(points: readonly number[], m: number): { readonly up: Bets; readonly down: Bets } {
  const low = points[0] as number;
  const high = points.at(-1) as number;
  const gains = (lambda: number): number[] => points.map((point) => gainOf(lambda * (point - m)) / hatUnit);
  return {
    up: createBets(
      upWeights,
      upFractions.map((fraction) => gains(fraction / (m - low))),
    ),
    down: createBets(
      downWeights,
      downFractions.map((fraction) => gains(-fraction / (high - m))),
    ),
  };
}

/** A grid of this many steps over the range says near which point a number lies. */
const placeSteps = 1000;

/** For each step the last point at or below its start, so that the search ends within a step or two. */
function placesOf(points: readonly number[]): Uint8Array {
  const low = points[0] as number;
  const span = (points.at(-1) as number) - low;
  return Uint8Array.from({ length: placeSteps + 1 }, (_, step) => {
    const start = low + (step * span) / placeSteps;
    return Math.max(
      0,
      points.findLastIndex((point) => point < start),
    );
  });
}

/** Counts one number in place, rounded to the grid first: the metric is defined on the rounded number. O(1). */
function addHat(counts: number[], observation: Observation, { points, places, name }: Hat): void {
  const low = points[0] as number;
  const last = points.length - 1;
  const span = (points[last] as number) - low;
  if (typeof observation !== 'number' || !(observation >= low && observation - low <= span)) {
    throw outOfRange(observation, { points, name });
  }
  let left = places[Math.floor(((observation - low) / span) * placeSteps)] as number;
  while (left < last - 1 && (points[left + 1] as number) <= observation) left += 1;
  const from = points[left] as number;
  const weight = Math.floor((hatUnit * (observation - from)) / ((points[left + 1] as number) - from) + 0.5);
  counts[0] = (counts[0] as number) + 1;
  counts[left + 1] = (counts[left + 1] as number) + hatUnit - weight;
  counts[left + 2] = (counts[left + 2] as number) + weight;
}

function outOfRange(observation: Observation, { points, name }: HatOptions): Error {
  return inputInvalid(
    `${name} requires an observation from ${points[0]} to ${points.at(-1)}, not ${String(observation)}`,
  );
}

/** The histogram behind counts [n, weight at each point]; throws when the weights are not n observations. */
function hatCells(counts: Counts, { points, name }: HatOptions): readonly number[] {
  const n = checkedCount(counts[0]);
  const cells: number[] = [];
  let sum = 0;
  for (let index = 1; index <= points.length; index++) {
    const weight = checkedCount(counts[index]);
    cells.push(weight);
    sum += weight;
  }
  if (sum !== n * hatUnit)
    throw inputInvalid(`${name} requires weights of ${hatUnit} for each observation, not ${sum} for ${n}`);
  return cells;
}

interface HatOptions {
  readonly name: string;
  readonly points: readonly number[];
}

interface Hat extends HatOptions {
  readonly places: Uint8Array;
}

/** Mean of the numbers behind the cells. */
function hatMean(cells: readonly number[], points: readonly number[]): number {
  let sum = 0;
  let weights = 0;
  for (let index = 0; index < points.length; index++) {
    sum += (cells[index] as number) * (points[index] as number);
    weights += cells[index] as number;
  }
  return sum / weights;
}

/**
 * A statistic of the mean of a bounded number on these points: null of UP: mean ≤ tolerance, null of DOWN: mean ≥ tolerance.
 * ln(1 + lambda (x − m)) is concave in x, so what the hat credits between two points is never more than the true gain: the evidence is a
 * valid lower bound (bin means would not be). O(23 bets · points) per evidence.
 */
export function createHatStatistic(options: HatOptions): LinearStatistic {
  const { name, points } = options;
  const hat: Hat = { ...options, places: placesOf(points) };
  const betsFor = rememberByTolerance((tolerance) => createHatBets(points, tolerance));
  const cellsOf = (counts: Counts): readonly number[] => hatCells(counts, options);
  const logE = (counts: Counts, tolerance: number) => {
    const cells = cellsOf(counts);
    checkShare('tolerance', tolerance);
    const { up, down } = betsFor(tolerance);
    return { up: logWealth(up, cells), down: logWealth(down, cells) };
  };
  const evidence = (counts: Counts, claim: Claim): Evidence => {
    checkClaim(claim);
    const found = logE(counts, claim.tolerance);
    const n = counts[0] as number;
    if (n === 0) return noEvidence;
    const cells = cellsOf(counts);
    const estimate = hatMean(cells, points);
    const isAbove = estimate > claim.tolerance;
    const { up, down } = betsFor(claim.tolerance);
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
        growth: hatUnit * bestGrowth(isAbove ? up : down, cells),
      }),
    };
  };
  return {
    name,
    size: points.length + 1,
    add: (counts, observation) => addHat(counts, observation, hat),
    logE,
    evidence,
    cellsOf,
    betsFor,
  };
}

/** Confidence sequence of the mean by inverting both e-processes at 2/alpha. */
export function hatInterval(
  cells: readonly number[],
  { points, alpha }: { points: readonly number[]; alpha: number },
): readonly [number, number] {
  const level = Math.log(2 / alpha);
  const seen = { points, weights: cells, unit: hatUnit };
  return [lowerEnd(seen, { grid: upGrid, level }), upperEnd(seen, { grid: downGrid, level })];
}
