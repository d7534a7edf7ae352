// The noise floor: how often production itself, asked again (the control), disagrees with production. Nothing can be required of an arm
// below it, and an early warning is set just above it.
import type { Counts } from '../../model.ts';
import { betaInterval } from '../stats/beta-interval.ts';
import { checkedCount, checkedN, checkShare, inputInvalid, isFromZeroUp } from '../stats/statistic.ts';

/** Excess over control: 1 when only the arm is farther than the limit from production, −1 when only the control is, else 0; counted by `trinomial`. */
export function excess({ arm, control }: { arm: number; control: number }, limit: number): -1 | 0 | 1 {
  if (!(isFromZeroUp(arm) && isFromZeroUp(control))) {
    throw inputInvalid(`an excess requires two distances from 0 up, not ${arm} and ${control}`);
  }
  if (!isFromZeroUp(limit)) throw inputInvalid(`an excess requires a limit from 0 up, not ${limit}`);
  return (Number(arm > limit) - Number(control > limit)) as -1 | 0 | 1;
}

export interface NoiseFloor {
  readonly n: number;
  /** Null without data: unknown, not zero. */
  readonly rate: number | null;
  readonly interval: readonly [number, number] | null;
  /** Tolerance for a late-onset detector that warns early: twice what the floor can be at most; null where that reaches 1. */
  readonly earlyWarning: number | null;
}

/**
 * The control's own rate from its Bernoulli counts [n, hits], with a confidence sequence, and an early-warning tolerance of twice its upper
 * end (the upper end, so that a floor that was seen too low does not alarm). Freeze the tolerance before using
 * it: bets must be fixed before the data they judge. O(1). Throws STATISTIC_INPUT_INVALID.
 */
export function noiseFloor(counts: Counts, { alpha = 0.05 }: { alpha?: number } = {}): NoiseFloor {
  checkShare('alpha', alpha);
  const n = checkedN(counts);
  const hits = checkedCount(counts[1]);
  if (hits > n) throw inputInvalid(`a noise floor requires at most as many hits as observations, not ${hits} of ${n}`);
  if (n === 0) return { n, rate: null, interval: null, earlyWarning: null };
  const interval = betaInterval({ n, hits, alpha });
  const twice = 2 * interval[1];
  return { n, rate: hits / n, interval, earlyWarning: twice < 1 ? twice : null };
}
