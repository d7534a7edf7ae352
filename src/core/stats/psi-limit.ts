// A limit on PSI as a statistic of the one engine's form. PSI has no e-process: what is known of it comes from confidence sequences of
// the bins' shares, and their decision is read as a level that stands where a log e-value would.
import { Type } from 'typebox';
import type { Counts, Evidence } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { type Bins, readBins } from './binned-shares.ts';
import { addScores, createBinning, crossingSize } from './crossings.ts';
import { decidedLevel } from './decided-level.ts';
import type { Divergence } from './divergence.ts';
import { psi } from './psi.ts';
import { type Claim, checkClaim, checkShare, type LogE, noEvidence, type Statistic } from './statistic.ts';

const binning = createBinning();
const size = crossingSize(binning);

/** PSI with bounds that hold at all times at once with probability 1 − alpha; null without data. */
function psiAt(counts: Counts, alpha: number): Divergence | null {
  const bins: Bins | null = readBins(counts, binning, { alpha });
  return bins === null ? null : psi(bins);
}

interface Side {
  readonly isAbove: boolean;
  /** How far the bound that speaks for this side is beyond the limit; negative while it does not decide. */
  readonly margin: (counts: Counts, alpha: number) => number;
}

/** Only the side on which the estimate lies can be decided: the bounds contain it. */
function sideOf(estimate: number, limit: number): Side {
  const isAbove = estimate > limit;
  return {
    isAbove,
    margin: (counts, alpha) => {
      const [low, high] = psiAt(counts, alpha)?.interval ?? [0, Number.POSITIVE_INFINITY];
      return isAbove ? low - limit : limit - high;
    },
  };
}

function logE(counts: Counts, tolerance: number): LogE {
  checkShare('tolerance', tolerance);
  const seen = psiAt(counts, 0.5);
  return seen === null ? { up: 0, down: 0 } : levelsOf(counts, sideOf(seen.estimate, tolerance));
}

function levelsOf(counts: Counts, { isAbove, margin }: Side): LogE {
  const level = decidedLevel((at) => margin(counts, Math.exp(-at)));
  return isAbove ? { up: level, down: 0 } : { up: 0, down: level };
}

function evidence(counts: Counts, claim: Claim): Evidence {
  checkClaim(claim);
  const seen = psiAt(counts, Math.max(claim.alphaViolated, claim.alphaHolds));
  if (seen === null) return noEvidence;
  const { n, estimate, interval } = seen;
  const side = sideOf(estimate, claim.tolerance);
  const found = levelsOf(counts, side);
  return {
    n,
    estimate,
    interval,
    logEUp: found.up,
    logEDown: found.down,
    stillNeeded: outlook(counts, { claim, n, found, side }),
  };
}

/** Beyond this many requests the honest answer is "cannot be said". */
const mostObservations = 1e9;

interface Outlook {
  readonly claim: Claim;
  readonly n: number;
  readonly found: LogE;
  readonly side: Side;
}

/** Requests still needed if every score came so many times again: the multiple is doubled until it decides, then interpolated. */
function outlook(counts: Counts, { claim, n, found, side }: Outlook): number | null {
  const alpha = side.isAbove ? claim.alphaViolated : claim.alphaHolds;
  if ((side.isAbove ? found.up : found.down) >= Math.log(1 / alpha)) return 0;
  const marginAt = (times: number): number =>
    side.margin(
      counts.slice(0, size).map((count) => count * times),
      alpha,
    );
  let before = { times: 1, margin: marginAt(1) };
  for (let times = 2; n * times <= mostObservations; times *= 2) {
    const margin = marginAt(times);
    if (margin >= 0) {
      const part = before.margin / (before.margin - margin);
      return Math.max(1, Math.ceil(n * (before.times + part * (times - before.times) - 1)));
    }
    before = { times, margin };
  }
  return null;
}

/**
 * PSI ≤ tolerance on paired-KS counts, in 8 equal bins of [0, 1]. Its "log e-values" are levels: ln(1/alpha) for the smallest alpha at which
 * the bound decides, UP when the lower bound is above the tolerance, DOWN when the upper bound is not; at most 100, 0 while
 * undecided at every alpha. 1/alpha found so is no e-value (it must not be averaged with any), but "level ≥ ln(1/alpha)" is exactly "the bound
 * at alpha decides", and so is its running maximum: the bounds hold at all times at once. Assumption: as of the confidence sequences of
 * the shares (constant conditional means). About ten readings of O(bins). References: Robbins 1970 and Waudby-Smith and Ramdas, JRSSB 2024, for
 * the bounds; Siddiqi 2006, "Credit Risk Scorecards", for PSI.
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for scores outside [0, 1] or not finite, unsound counts, a tolerance outside (0, 1)
 */
export const psiLimit: Statistic = {
  name: 'psi',
  size,
  add: (counts, observation) => addScores(counts, observation, binning),
  logE,
  evidence,
};

const options = Type.Object({}, { additionalProperties: false });

export const psiLimitKind: Kind<typeof options, Statistic> = {
  name: 'psi',
  summary:
    'The population stability index between two score distributions, paired by request, against a limit; counts are those of paired-ks.',
  options,
  create: () => psiLimit,
};
