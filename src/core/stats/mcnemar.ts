// McNemar's e-process: of the requests on which two arms disagree with production differently, do more speak against the first than
// chance allows? No tolerance to choose; the null is an even coin on discordant pairs.
import { type Bets, createBets, logWealth } from './mixture.ts';
import { checkedCount } from './statistic.ts';

const shares = [0.52, 0.55, 0.6, 0.7, 0.8, 0.9, 0.97];

/** Cells are [pairs for the second, pairs for the first]; each bet takes the first's share to be theta instead of 1/2. */
const bets: Bets = createBets(
  shares.map(() => 1),
  shares.map((theta) => [Math.log(2 * (1 - theta)), Math.log(2 * theta)]),
);

/**
 * ln Σ_theta (1/7) (2 theta)^first (2 (1 − theta))^second: evidence that a discordant pair speaks for the first with chance above 1/2.
 * Valid at every look, for any dependence. O(7 bets). Throws STATISTIC_INPUT_INVALID on counts that are none.
 * Reference: McNemar 1947; Ville 1939.
 *
 * @example mcnemarLogE(20, 0) // 11.5…, against an even coin
 */
export function mcnemarLogE(first: number, second: number): number {
  return logWealth(bets, [checkedCount(second), checkedCount(first)]);
}
