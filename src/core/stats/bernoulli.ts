// Bernoulli statistic: how often something happens (a flip, an error, a silent-wrong answer), against a limit.
// Counts: [n, hits]. The most used statistic, and the fastest proof that a rate is inside its limit.
import { Type } from 'typebox';
import type { Counts, Evidence } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { bernoulliBets } from './bernoulli-bets.ts';
import { betaInterval } from './beta-interval.ts';
import type { LinearStatistic } from './linear.ts';
import { logWealth } from './mixture.ts';
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

/** Cells of the engine: observations of 0 and of 1. */
function cellsOf(counts: Counts): readonly [misses: number, hits: number] {
  const n = checkedN(counts);
  const hits = checkedCount(counts[1]);
  if (hits > n) throw inputInvalid(`bernoulli requires at most as many hits as observations, not ${hits} of ${n}`);
  return [n - hits, hits];
}

/**
 * Natural logarithms of the e-values alone, without interval and outlook: for loops that look after every request.
 * `up` is evidence that the rate exceeds the tolerance, `down` that it is below.
 */
export function bernoulliLogE(counts: Counts, tolerance: number): LogE {
  const cells = cellsOf(counts);
  checkShare('tolerance', tolerance);
  const { up, down } = bernoulliBets(tolerance);
  return { up: logWealth(up, cells), down: logWealth(down, cells) };
}

/** Kullback–Leibler divergence of a Bernoulli(share) from a Bernoulli(tolerance), in nats. */
function divergence(share: number, tolerance: number): number {
  const hit = share === 0 ? 0 : share * Math.log(share / tolerance);
  const miss = share === 1 ? 0 : (1 - share) * (Math.log1p(-share) - Math.log1p(-tolerance));
  return hit + miss;
}

function evidence(counts: Counts, claim: Claim): Evidence {
  checkClaim(claim);
  const logE = bernoulliLogE(counts, claim.tolerance);
  const n = counts[0] as number;
  const hits = counts[1] as number;
  if (n === 0) return noEvidence;
  const estimate = hits / n;
  const isAbove = estimate > claim.tolerance;
  return {
    n,
    estimate,
    interval: betaInterval({ n, hits, alpha: Math.max(claim.alphaViolated, claim.alphaHolds) }),
    logEUp: logE.up,
    logEDown: logE.down,
    stillNeeded: stillNeeded({
      n,
      logE: isAbove ? logE.up : logE.down,
      alpha: isAbove ? claim.alphaViolated : claim.alphaHolds,
      growth: divergence(estimate, claim.tolerance),
    }),
  };
}

/**
 * Bernoulli mixture e-process: X in {0, 1}, null of UP: mean ≤ tolerance, null of DOWN: mean ≥ tolerance.
 * Valid for the running average under any drift and dependence, at every look. O(31 bets) per evidence.
 * Reference: Robbins 1970 (beta-binomial mixture), discretised; Waudby-Smith and Ramdas, JRSSB 2024.
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for observations other than 0 and 1, unsound counts, a tolerance outside (0, 1)
 * @example bernoulli.evidence([558, 0], { tolerance: 0.01, alphaViolated: 0.01, alphaHolds: 0.01 }).logEDown >= Math.log(100) // true
 */
export const bernoulli: LinearStatistic = {
  name: 'bernoulli',
  size: 2,
  add(counts, observation) {
    if (observation === 1) counts[1] = (counts[1] as number) + 1;
    else if (observation !== 0)
      throw inputInvalid(`bernoulli requires an observation of 0 or 1, not ${String(observation)}`);
    counts[0] = (counts[0] as number) + 1;
  },
  logE: bernoulliLogE,
  evidence,
  cellsOf,
  betsFor: bernoulliBets,
};

const options = Type.Object({}, { additionalProperties: false });

export const bernoulliKind: Kind<typeof options, Statistic> = {
  name: 'bernoulli',
  summary: 'The share of requests on which something happens, against a limit; counts are [n, hits].',
  options,
  create: () => bernoulli,
};
