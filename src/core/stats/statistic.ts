// What every statistic is: a way to count observations in integers and to read evidence out of the counts.
// Counts of disjoint sets of observations merge by addition, exactly, in any order.
import { PenumbraError } from '../../errors.ts';
import type { Counts, Evidence } from '../../model.ts';

/** What is claimed of the mean: "at most `tolerance`", judged at these two error rates. */
export interface Claim {
  /** In (0, 1). */
  readonly tolerance: number;
  /** Error rate of the evidence that the mean is above the tolerance. */
  readonly alphaViolated: number;
  /** Error rate of the evidence that the mean is below it. */
  readonly alphaHolds: number;
}

/** How far arm and control are from production on one request. */
export interface Distances {
  /** From 0 (the same) up. */
  readonly arm: number;
  readonly control: number;
  /** Whether the label differs from production's; null where there are no labels. */
  readonly armFlipped: boolean | null;
  readonly controlFlipped: boolean | null;
}

/** One number of one request, production's (the control's) number and the arm's on the same request, or both arms' distances. */
export type Observation = number | readonly [baseline: number, arm: number] | Distances;

/** Natural logarithms of the two e-values: `up` that the mean is above the tolerance, `down` that it is below. */
export interface LogE {
  readonly up: number;
  readonly down: number;
}

/** A way to count observations in integers and to read evidence out of the counts. */
export interface Statistic {
  readonly name: string;
  /** Length of its counts. */
  readonly size: number;
  /** Only where the way of counting depends on the tolerance: the one that these counts can speak about. */
  readonly onlyTolerance?: number;
  /** Counts one observation in place. Throws STATISTIC_INPUT_INVALID on a value that the statistic does not know. */
  add(counts: number[], observation: Observation): void;
  /** The e-values alone, without interval and outlook: for judging often. Throws STATISTIC_INPUT_INVALID. */
  logE(counts: Counts, tolerance: number): LogE;
  /**
   * Evidence on the claim. The displayed interval has the error rate `max(alphaViolated, alphaHolds)`.
   * Counts longer than `size` are legal: what stands beyond belongs to others. Throws STATISTIC_INPUT_INVALID.
   */
  evidence(counts: Counts, claim: Claim): Evidence;
}

/** Counts of nothing. */
export function zeroCounts(size: number): number[] {
  return new Array<number>(size).fill(0);
}

/** Elementwise sum. Throws when lengths differ or a sum is no exact integer any more. O(size). */
export function mergeCounts(first: Counts, second: Counts): Counts {
  if (!Array.isArray(first) || !Array.isArray(second)) throw noCounts(Array.isArray(first) ? second : first);
  if (first.length !== second.length) {
    throw inputInvalid(`merging requires counts of one length, not ${first.length} and ${second.length}`);
  }
  return first.map((count, index) => checkedCount(checkedCount(count) + checkedCount(second[index])));
}

/** A count that is certainly exact: a safe integer, not negative. */
export function checkedCount(count: unknown): number {
  if (Number.isSafeInteger(count) && (count as number) >= 0) return count as number;
  throw inputInvalid(`counts require integers from 0 to 2^53 − 1, not ${String(count)}`);
}

/** n, the first of the counts. Throws where the counts are no list. */
export function checkedN(counts: Counts): number {
  if (!Array.isArray(counts)) throw noCounts(counts);
  return checkedCount(counts[0]);
}

function noCounts(counts: unknown): PenumbraError {
  return inputInvalid(`counts require a list of integers, not ${String(counts)}`);
}

export function checkClaim(claim: Claim): void {
  if (typeof claim !== 'object' || claim === null) {
    throw inputInvalid(`a claim requires tolerance, alphaViolated and alphaHolds, not ${String(claim)}`);
  }
  const { tolerance, alphaViolated, alphaHolds } = claim;
  checkShare('tolerance', tolerance);
  checkShare('alphaViolated', alphaViolated);
  checkShare('alphaHolds', alphaHolds);
}

/** Tolerances and error rates of 0 and 1 make no claim that data could decide. */
export function checkShare(name: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value < 1) return;
  const given = typeof value === 'string' ? `the text "${value}"` : String(value);
  throw inputInvalid(`${name} requires a number above 0 and below 1, not ${given}`);
}

/** A number from 0 up; infinity is one. */
export function isFromZeroUp(value: unknown): value is number {
  return typeof value === 'number' && value >= 0;
}

/** Logarithms of e-values: numbers, or −Infinity of a ruined one. */
export function checkLogEs(name: string, logEs: readonly number[]): void {
  if (!Array.isArray(logEs)) throw inputInvalid(`${name} requires a list of log e-values, not ${String(logEs)}`);
  for (const logE of logEs as readonly unknown[]) {
    if (typeof logE !== 'number' || !(logE < Number.POSITIVE_INFINITY)) {
      throw inputInvalid(`${name} requires log e-values that are numbers below infinity, not ${String(logE)}`);
    }
  }
}

/** The two numbers of a paired observation. Throws STATISTIC_INPUT_INVALID on anything else. */
export function checkedPair(observation: Observation, name: string): readonly [baseline: number, arm: number] {
  if (Array.isArray(observation) && observation.length === 2) {
    const pair = observation as readonly [number, number];
    if (Number.isFinite(pair[0]) && Number.isFinite(pair[1])) return pair;
  }
  throw notPair(observation, name);
}

function notPair(observation: Observation, name: string): PenumbraError {
  return inputInvalid(
    `${name} requires an observation of two finite numbers (baseline, arm), not ${String(observation)}`,
  );
}

export function inputInvalid(message: string): PenumbraError {
  return new PenumbraError('STATISTIC_INPUT_INVALID', message);
}

/** Evidence before the first observation: none. */
export const noEvidence: Evidence = {
  n: 0,
  estimate: null,
  interval: null,
  logEUp: 0,
  logEDown: 0,
  stillNeeded: null,
};
