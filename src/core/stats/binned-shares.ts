// Shares of production's and the arm's scores in a few declared bins, read out of paired-KS counts, with what is known of them at all
// times at once: the ground under PSI, Jensen–Shannon and Hellinger.
import type { Counts } from '../../model.ts';
import { betaInterval } from './beta-interval.ts';
import { type Binning, type Crossings, edgeCells, readCrossings } from './crossings.ts';
import { checkShare, inputInvalid } from './statistic.ts';
import { trinomialInterval } from './trinomial-interval.ts';

const mostBins = 10;

/** One bin's shares, and bounds on each and on the arm's minus production's. */
export interface BinShares {
  readonly baseline: number;
  readonly arm: number;
  readonly baselineBounds: readonly [number, number];
  readonly armBounds: readonly [number, number];
  readonly differenceBounds: readonly [number, number];
}

/** What is known of the shares in a few bins. */
export interface Bins {
  readonly n: number;
  /** Where the bins meet. */
  readonly cuts: readonly number[];
  readonly shares: readonly BinShares[];
}

/** How shares are read out of counts. */
export interface BinnedOptions {
  /** Error rate of all bounds together. */
  readonly alpha: number;
  /** At most nine of the binning's edges; unless given, every m-th for the largest number of equal bins up to ten. */
  readonly cuts?: readonly number[];
}

/**
 * Bin shares with simultaneous confidence sequences: a third of alpha each for production's shares and the arm's (beta-binomial) and for the
 * differences of the distribution functions at the cuts (paired trinomial: likeness is seen request by request). Null without data. O(bins).
 * Throws STATISTIC_INPUT_INVALID for unsound counts, an alpha outside (0, 1) and cuts that are no edges.
 */
export function readBins(
  counts: Counts,
  binning: Binning,
  { alpha, cuts = standardCuts(binning) }: BinnedOptions,
): Bins | null {
  checkShare('alpha', alpha);
  const crossings = readCrossings(counts, binning);
  const { n } = crossings;
  const at = cuts.map((cut) => binning.edges.indexOf(cut));
  const isSound =
    cuts.length < mostBins && at.every((edge, index) => edge > (index === 0 ? -1 : (at[index - 1] as number)));
  if (!isSound || at.length === 0)
    throw inputInvalid(`bins require 1 to ${mostBins - 1} ascending cuts out of the declared edges`);
  if (n === 0) return null;
  const bins = at.length + 1;
  const steps = at.map((edge) => stepAt(crossings, { edge, alpha: alpha / (3 * at.length) }));
  const sums = [...at.map((edge) => below(crossings, edge)), n];
  const shares = sums.map((sum, bin): BinShares => {
    const hits = sum - (bin === 0 ? 0 : (sums[bin - 1] as number));
    const [before, after] = [steps[bin - 1] ?? noStep, steps[bin] ?? noStep];
    const armHits = hits + after.count - before.count;
    if (!(armHits >= 0 && armHits <= n))
      throw inputInvalid('bins require counts that pairs of scores could have given');
    return {
      baseline: hits / n,
      arm: armHits / n,
      baselineBounds: betaInterval({ n, hits, alpha: alpha / (3 * bins) }),
      armBounds: betaInterval({ n, hits: armHits, alpha: alpha / (3 * bins) }),
      differenceBounds: [after.low - before.high, after.high - before.low],
    };
  });
  return { n, cuts, shares };
}

/** At the ends of the range both distribution functions are 0 or 1. */
const noStep = { count: 0, low: 0, high: 0 };

/** F_arm − F_production at an edge: net crossings, and bounds. */
function stepAt(crossings: Crossings, { edge, alpha }: { edge: number; alpha: number }): typeof noStep {
  const [down, same, up] = edgeCells(crossings, edge);
  const [low, high] = trinomialInterval({ up, same, down, alpha });
  return { count: up - down, low, high };
}

function below({ baseline }: Crossings, edge: number): number {
  let sum = 0;
  for (let bin = 0; bin <= edge; bin++) sum += baseline[bin] as number;
  return sum;
}

function standardCuts({ edges }: Binning): number[] {
  const fine = edges.length + 1;
  let bins = Math.min(mostBins, fine);
  while (fine % bins !== 0 && bins > 2) bins -= 1;
  const step = Math.round(fine / bins);
  return Array.from({ length: bins - 1 }, (_, index) => edges[(index + 1) * step - 1] as number);
}
