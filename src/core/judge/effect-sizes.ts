// The divergences people know, out of one set of paired-KS counts: how far the arm's scores are from production's, as effect sizes with
// their base, binning and interval. To be looked at, never to be judged: verdicts come from hypotheses.
import type { Counts } from '../../model.ts';
import { readBins } from '../stats/binned-shares.ts';
import type { Binning } from '../stats/crossings.ts';
import type { Divergence } from '../stats/divergence.ts';
import { hellinger } from '../stats/hellinger.ts';
import { jensenShannon } from '../stats/jensen-shannon.ts';
import { psi } from '../stats/psi.ts';
import { checkShare } from '../stats/statistic.ts';
import { ksDistance, wasserstein } from '../stats/wasserstein.ts';

export interface EffectSizeOptions {
  /** How the scores were counted. */
  readonly binning: Binning;
  /** Error rate of each interval on its own; each covers at all times at once. */
  readonly alpha: number;
}

/**
 * PSI, Jensen–Shannon divergence, Hellinger distance (up to ten bins), KS distance and Wasserstein-1 distance (all edges) of the counts that
 * `addScores` with this binning made; [] before the first pair. O(edges). Throws STATISTIC_INPUT_INVALID on unsound counts or alpha.
 *
 * @example
 * const counts = zeroCounts(pairedKs.size);
 * for (let n = 0; n < 100; n++) pairedKs.add(counts, [0.3, 0.3]);
 * effectSizes(counts, { binning: pairedKs.binning, alpha: 0.01 }).map(({ estimate }) => estimate) // [0, 0, 0, 0, 0]
 */
export function effectSizes(counts: Counts, { binning, alpha }: EffectSizeOptions): readonly Divergence[] {
  checkShare('alpha', alpha);
  const bins = readBins(counts, binning, { alpha });
  const [distance, earth] = [ksDistance(counts, binning, { alpha }), wasserstein(counts, binning, { alpha })];
  if (bins === null || distance === null || earth === null) return [];
  return [psi(bins), jensenShannon(bins), hellinger(bins), distance, earth];
}
