// Late onset: an arm that was fine for a million requests and then is not. Evidence since the start would need as long again; this
// detector can begin anew before every bucket. Its alarm is REGRESSED, and clears by itself when the arm is well again.
import type { Counts, LateOnsetState } from '../../model.ts';
import type { LinearStatistic } from '../stats/linear.ts';
import { logSumExp } from '../stats/log-sum-exp.ts';
import { type Bets, logGain } from '../stats/mixture.ts';
import { checkShare, inputInvalid } from '../stats/statistic.ts';

export type { LateOnsetState } from '../../model.ts';

/** What is watched, fixed before the data. */
export interface LateOnset {
  readonly statistic: LinearStatistic;
  readonly tolerance: number;
  /** Alarm threshold A: on average at least A closed buckets between false alarms. */
  readonly threshold: number;
}

/** What a bucket did: ln R of the alarm (before clearing) and of the all-clear while regressed. */
export interface LateOnsetStep {
  readonly state: LateOnsetState;
  readonly change: 'REGRESSED' | 'CLEARED' | null;
  readonly logR: number;
}

/** The DOWN detector must reach this before an alarm clears. */
const clearingLevel = Math.log(1000);

const msPerYear = 31_536_000_000;

/** A for one false alarm a year over all detectors: (buckets per year) × (number of detectors). */
export function lateOnsetThreshold({ bucketMs, detectors }: { bucketMs: number; detectors: number }): number {
  if (!(bucketMs > 0 && detectors >= 1)) {
    throw inputInvalid(
      `a late-onset threshold requires a bucket above 0 ms and at least one detector, not ${bucketMs} and ${detectors}`,
    );
  }
  return (msPerYear / bucketMs) * detectors;
}

/** The state before the first bucket. Throws STATISTIC_INPUT_INVALID on a tolerance outside (0, 1) and a threshold of at most 1. */
export function newLateOnsetState({ statistic, tolerance, threshold }: LateOnset): LateOnsetState {
  checkShare('tolerance', tolerance);
  if (!(threshold > 1)) throw inputInvalid(`late onset requires a threshold above 1, not ${threshold}`);
  return { isRegressed: false, up: zeros(statistic.betsFor(tolerance).up), down: [], buckets: 0, regressedAt: null };
}

function zeros({ terms }: Bets): number[] {
  return new Array<number>(terms.length).fill(0);
}

/**
 * Shiryaev–Roberts e-detector: R_g ← (1 + R_g) e^ℓ_g for every fixed bet g, ℓ_g its log-wealth in the closed bucket; alarm when
 * Σ w_g R_g ≥ A. Null: the average over EVERY stretch of buckets up to now is within the tolerance; then the mean number of closed buckets to a
 * false alarm is at least A, and the chance of one in J buckets at most J/A. An alarm clears when the same detector with the DOWN bets,
 * started after the alarm's bucket, reaches 1000; the watch then begins anew. A bucket without data changes nothing. O(bets · cells).
 * Throws STATISTIC_INPUT_INVALID. Reference: Shin, Ramdas and Rinaldo, NEJSDS 2024, "E-detectors", arXiv:2203.03532.
 *
 * @param added counts of the closed bucket alone
 */
export function updateLateOnset(
  state: LateOnsetState,
  { detector, added }: { detector: LateOnset; added: Counts },
): LateOnsetStep {
  const { statistic, tolerance, threshold } = detector;
  const bets = statistic.betsFor(tolerance);
  const cells = statistic.cellsOf(added);
  const before = { ...state, up: sound(state.up, bets.up) };
  if (cells.every((count) => count === 0)) return { state: before, change: null, logR: Number.NEGATIVE_INFINITY };
  const buckets = state.buckets + 1;
  if (state.isRegressed) return towardsClearing({ ...before, buckets }, { bets, cells });
  const logR = logDetector(bets.up, { cells, logs: before.up });
  if (logR < Math.log(threshold)) {
    return { state: { ...before, up: grown(bets.up, { cells, logs: before.up }), buckets }, change: null, logR };
  }
  const alarmed = { isRegressed: true, up: zeros(bets.up), down: zeros(bets.down), buckets, regressedAt: buckets };
  return { state: alarmed, change: 'REGRESSED', logR };
}

function towardsClearing(
  state: LateOnsetState,
  { bets, cells }: { bets: { readonly down: Bets }; cells: readonly number[] },
): LateOnsetStep {
  const logs = sound(state.down, bets.down);
  const logR = logDetector(bets.down, { cells, logs });
  if (logR < clearingLevel) return { state: { ...state, down: grown(bets.down, { cells, logs }) }, change: null, logR };
  return { state: { ...state, isRegressed: false, down: [], regressedAt: null }, change: 'CLEARED', logR };
}

/** ln R as it would be if the open bucket closed with these counts: at or above ln A it would alarm. Moves nothing. */
export function peekLateOnset(
  state: LateOnsetState,
  { detector, open }: { detector: LateOnset; open: Counts },
): number {
  const { up } = detector.statistic.betsFor(detector.tolerance);
  return logDetector(up, { cells: detector.statistic.cellsOf(open), logs: sound(state.up, up) });
}

interface Bucket {
  readonly cells: readonly number[];
  /** ln(1 + R_g) before the bucket. */
  readonly logs: readonly number[];
}

/** ln Σ w_g (1 + R_g) e^ℓ_g. */
function logDetector(bets: Bets, { cells, logs }: Bucket): number {
  const { terms, logWeights } = bets;
  for (let bet = 0; bet < terms.length; bet++) {
    terms[bet] = (logWeights[bet] as number) + (logs[bet] as number) + logGain(bets, cells, bet);
  }
  return logSumExp(terms);
}

/** ln(1 + R_g) after the bucket. */
function grown(bets: Bets, { cells, logs }: Bucket): number[] {
  return logs.map((log, bet) => {
    const next = log + logGain(bets, cells, bet);
    return next > 0 ? next + Math.log1p(Math.exp(-next)) : Math.log1p(Math.exp(next));
  });
}

/** State from a store: one number per bet, none negative. */
function sound(logs: readonly number[], { terms }: Bets): readonly number[] {
  if (logs.length === terms.length && logs.every((log) => Number.isFinite(log) && log >= 0)) return logs;
  throw inputInvalid(`late onset requires a state of ${terms.length} finite numbers from 0 up`);
}
