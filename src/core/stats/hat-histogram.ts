// The hat histogram: a bounded number counted in integers at a few declared points, so that its mean is judged exactly and merges by
// addition. A number between two points counts for both, the nearer the more.
import type { Counts } from '../../model.ts';
import { checkedCount, checkedN, inputInvalid, type Observation } from './statistic.ts';

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

/** A grid of this many steps over the range says near which point a number lies. */
const placeSteps = 1000;

/** For each step the last point at or below its start, so that the search ends within a step or two. */
export function placesOf(points: readonly number[]): Uint8Array {
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
export function addHat(counts: number[], observation: Observation, { points, places, name }: Hat): void {
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
export function hatCells(counts: Counts, { points, name }: HatOptions): readonly number[] {
  const n = checkedN(counts);
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

export interface HatOptions {
  readonly name: string;
  readonly points: readonly number[];
}

export interface Hat extends HatOptions {
  readonly places: Uint8Array;
}

/** Mean of the numbers behind the cells. */
export function hatMean(cells: readonly number[], points: readonly number[]): number {
  let sum = 0;
  let weights = 0;
  for (let index = 0; index < points.length; index++) {
    sum += (cells[index] as number) * (points[index] as number);
    weights += cells[index] as number;
  }
  return sum / weights;
}
