// Statistics whose bets read a histogram that is linear in their counts: what the late-onset detector needs, because it adds up
// log-wealth bucket by bucket.
import type { Counts } from '../../model.ts';
import type { Bets } from './mixture.ts';
import type { Statistic } from './statistic.ts';

/** A statistic with fixed bets on a histogram of its counts. */
export interface LinearStatistic extends Statistic {
  /** The histogram behind the counts. Throws STATISTIC_INPUT_INVALID on unsound counts. */
  cellsOf(counts: Counts): readonly number[];
  /** The fixed bets against a tolerance, on those cells. */
  betsFor(tolerance: number): { readonly up: Bets; readonly down: Bets };
}
