// Paired Kolmogorov–Smirnov distance: whether the arm's scores have production's distribution, request by request, against a limit.
// Every declared edge is a paired trinomial: no sorting, no windows, and identical scores are proven alike in about a hundred requests.
import { type Static, Type } from 'typebox';
import type { Counts, Evidence } from '../../model.ts';
import type { Kind } from '../kind.ts';
import {
  addScores,
  type Binning,
  type Crossings,
  createBinning,
  crossingSize,
  edgeCells,
  readCrossings,
} from './crossings.ts';
import { logSumExp } from './log-sum-exp.ts';
import { bestGrowth, leadingTerm, logWealth } from './mixture.ts';
import { pairedKsInterval } from './paired-ks-interval.ts';
import { type Claim, checkClaim, checkShare, type LogE, noEvidence, type Statistic } from './statistic.ts';
import { stillNeeded } from './still-needed.ts';
import { trinomialBets } from './trinomial-bets.ts';

const options = Type.Object(
  {
    low: Type.Optional(Type.Number({ description: 'smallest possible score', default: 0 })),
    high: Type.Optional(Type.Number({ description: 'largest possible score', default: 1 })),
    edges: Type.Optional(
      Type.Array(Type.Number(), {
        description: 'where scores are told apart, ascending; 63 equal steps unless given',
        minItems: 1,
        maxItems: 255,
      }),
    ),
  },
  { additionalProperties: false },
);

/** A paired KS statistic, with the edges that its counts stand for. */
export interface PairedKs extends Statistic {
  readonly binning: Binning;
}

/**
 * Evidence on sup over the edges of |F_arm − F_production|. UP: the mean over edges and both signs of the trinomial UP e-process at the
 * tolerance; DOWN: the minimum of the DOWN ones, which needs no correction. Neighbouring edges with the same counts are judged once.
 * O(distinct edges · 32 bets). Reference: Shekhar and Ramdas, arXiv:2309.09111; Waudby-Smith and Ramdas, JRSSB 2024.
 *
 * @throws PenumbraError STATISTIC_INPUT_INVALID for scores out of range or not finite, unsound counts or edges, a tolerance outside (0, 1)
 * @example
 * const counts = zeroCounts(pairedKs.size);
 * for (let n = 0; n < 110; n++) pairedKs.add(counts, [0.3, 0.3]);
 * pairedKs.logE(counts, 0.05).down >= Math.log(100) // true
 */
export function createPairedKs(declared: Static<typeof options> = {}): PairedKs {
  const binning = createBinning(declared);
  const logE = (counts: Counts, tolerance: number): LogE => {
    checkShare('tolerance', tolerance);
    return logEOf(readCrossings(counts, binning), tolerance);
  };
  return {
    name: 'paired-ks',
    size: crossingSize(binning),
    binning,
    add: (counts, observation) => addScores(counts, observation, binning),
    logE,
    evidence: (counts, claim) => evidenceOf(readCrossings(counts, binning), claim),
  };
}

/** Both e-values in one pass over the edges. */
function logEOf(crossings: Crossings, tolerance: number): LogE {
  const { ups, downs } = crossings;
  const bets = trinomialBets(tolerance);
  const terms: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  let [forward, backward] = [0, 0];
  for (let edge = 0; edge < ups.length; edge++) {
    const isRepeated = edge > 0 && ups[edge] === ups[edge - 1] && downs[edge] === downs[edge - 1];
    if (!isRepeated) {
      const [down, same, up] = edgeCells(crossings, edge);
      const [ahead, behind] = [
        [down, same, up],
        [up, same, down],
      ] as const;
      forward = logWealth(bets.up, ahead);
      backward = logWealth(bets.up, behind);
      for (const cells of [ahead, behind]) {
        // Most edges are seen by their leading bet alone not to be the least proven one.
        if (leadingTerm(bets.down, cells) < least) least = Math.min(least, logWealth(bets.down, cells));
      }
    }
    terms.push(forward, backward);
  }
  return { up: logSumExp(terms) - Math.log(terms.length), down: least };
}

/** The largest |F_arm − F_production| over the edges, and the edge. */
function farthest({ n, ups, downs }: Crossings): { distance: number; edge: number } {
  let best = { distance: 0, edge: 0 };
  for (let edge = 0; edge < ups.length; edge++) {
    const distance = Math.abs((ups[edge] as number) - (downs[edge] as number)) / n;
    if (distance > best.distance) best = { distance, edge };
  }
  return best;
}

function evidenceOf(crossings: Crossings, claim: Claim): Evidence {
  checkClaim(claim);
  const { n } = crossings;
  if (n === 0) return noEvidence;
  const found = logEOf(crossings, claim.tolerance);
  const { distance } = farthest(crossings);
  return {
    n,
    estimate: distance,
    interval: pairedKsInterval(crossings, Math.max(claim.alphaViolated, claim.alphaHolds)),
    logEUp: found.up,
    logEDown: found.down,
    stillNeeded: outlook(crossings, { claim, found }),
  };
}

/** Requests still needed: the far edge pays the price of the mean, the slowest edge decides HOLDS. */
function outlook(crossings: Crossings, { claim, found }: { claim: Claim; found: LogE }): number | null {
  const { n, ups } = crossings;
  const { distance, edge } = farthest(crossings);
  const [down, same, up] = edgeCells(crossings, edge);
  const cells = up >= down ? [down, same, up] : [up, same, down];
  const bets = trinomialBets(claim.tolerance);
  if (distance > claim.tolerance) {
    const shared = claim.alphaViolated / (2 * ups.length);
    const logE = found.up >= Math.log(1 / claim.alphaViolated) ? Number.POSITIVE_INFINITY : found.up;
    return stillNeeded({ n, logE, alpha: shared, growth: bestGrowth(bets.up, cells) });
  }
  return stillNeeded({ n, logE: found.down, alpha: claim.alphaHolds, growth: slowestGrowth(crossings, claim) });
}

function slowestGrowth(crossings: Crossings, { tolerance }: Claim): number {
  const bets = trinomialBets(tolerance);
  let slowest = Number.POSITIVE_INFINITY;
  for (let edge = 0; edge < crossings.ups.length; edge++) {
    const [down, same, up] = edgeCells(crossings, edge);
    slowest = Math.min(slowest, bestGrowth(bets.down, [down, same, up]), bestGrowth(bets.down, [up, same, down]));
  }
  return slowest;
}

/** Of scores from 0 to 1 at 63 equally spaced edges. */
export const pairedKs: PairedKs = createPairedKs();

export const pairedKsKind: Kind<typeof options, PairedKs> = {
  name: 'paired-ks',
  summary:
    'The largest difference between the two score distributions at declared edges, paired by request, against a limit.',
  options,
  create: createPairedKs,
};
