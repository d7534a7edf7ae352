// Paired trinomial statistic: how much more often something happens on the arm than on its control (or production), request by request.
// Counts: [n, up, down]; an observation is 1 (arm only), −1 (control only) or 0 (both or neither).
import { Type } from 'typebox';
import type { Counts, Evidence } from '../../model.ts';
import type { Kind } from '../kind.ts';
import type { LinearStatistic } from './linear.ts';
import { type Bets, bestGrowth, logWealth } from './mixture.ts';
import {
  type Claim,
  checkClaim,
  checkedCount,
  checkedN,
  checkShare,
  inputInvalid,
  type LogE,
  noEvidence,
  type Statistic,
} from './statistic.ts';
import { stillNeeded } from './still-needed.ts';
import { trinomialBets } from './trinomial-bets.ts';
import { trinomialInterval } from './trinomial-interval.ts';

/** Cells of the engine: observations of −1, 0 and 1. */
function cellsOf(counts: Counts): readonly [down: number, same: number, up: number] {
  const n = checkedN(counts);
  const up = checkedCount(counts[1]);
  const down = checkedCount(counts[2]);
  if (up + down > n) throw inputInvalid(`trinomial requires up + down of at most n, not ${up} + ${down} of ${n}`);
  return [down, n - up - down, up];
}

/** Natural logarithms of the e-values alone, for loops that look after every request. */
export function trinomialLogE(counts: Counts, tolerance: number): LogE {
  const cells = cellsOf(counts);
  checkShare('tolerance', tolerance);
  const bets = trinomialBets(tolerance);
  return { up: logWealth(bets.up, cells), down: logWealth(bets.down, cells) };
}

function evidence(counts: Counts, claim: Claim): Evidence {
  checkClaim(claim);
  const { tolerance, alphaViolated, alphaHolds } = claim;
  const logE = trinomialLogE(counts, tolerance);
  const cells = cellsOf(counts);
  const n = counts[0] as number;
  if (n === 0) return noEvidence;
  const [down, same, up] = cells;
  const estimate = (up - down) / n;
  const isAbove = estimate > tolerance;
  const bets: Bets = isAbove ? trinomialBets(tolerance).up : trinomialBets(tolerance).down;
  return {
    n,
    estimate,
    interval: trinomialInterval({ up, same, down, alpha: Math.max(alphaViolated, alphaHolds) }),
    logEUp: logE.up,
    logEDown: logE.down,
    stillNeeded: stillNeeded({
      n,
      logE: isAbove ? logE.up : logE.down,
      alpha: isAbove ? alphaViolated : alphaHolds,
      growth: bestGrowth(bets, cells),
    }),
  };
}

/**
 * Paired trinomial mixture e-process: X in {−1, 0, 1}, null of UP: mean ≤ tolerance, null of DOWN: mean ≥ tolerance.
 * Valid for the running average under any drift and dependence, at every look. O(16 bets) per evidence.
 * Reference: Waudby-Smith and Ramdas, JRSSB 2024, for the bets; their grid is penumbra's own.
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for observations other than −1, 0 and 1, unsound counts, a tolerance outside (0, 1)
 */
export const trinomial: LinearStatistic = {
  name: 'trinomial',
  size: 3,
  add(counts, observation) {
    if (observation === 1) counts[1] = (counts[1] as number) + 1;
    else if (observation === -1) counts[2] = (counts[2] as number) + 1;
    else if (observation !== 0)
      throw inputInvalid(`trinomial requires an observation of −1, 0 or 1, not ${String(observation)}`);
    counts[0] = (counts[0] as number) + 1;
  },
  logE: trinomialLogE,
  evidence,
  cellsOf,
  betsFor: trinomialBets,
};

const options = Type.Object({}, { additionalProperties: false });

export const trinomialKind: Kind<typeof options, Statistic> = {
  name: 'trinomial',
  summary: 'The excess of the arm over its control on the same requests, against a limit; counts are [n, up, down].',
  options,
  create: () => trinomial,
};
