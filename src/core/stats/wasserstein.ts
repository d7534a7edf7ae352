// Wasserstein-1 distance and the KS distance of two score distributions, from the crossings of all declared edges.
import type { Counts } from '../../model.ts';
import { type Binning, edgeCells, readCrossings } from './crossings.ts';
import type { Divergence } from './divergence.ts';
import { pairedKsInterval } from './paired-ks-interval.ts';
import { checkShare } from './statistic.ts';
import { trinomialInterval } from './trinomial-interval.ts';

/**
 * Wasserstein-1 (earth mover's) distance in the unit of the score: ∫|F_arm − F_production|, every score taken at the upper end of its bin.
 * The interval shares alpha over the edges (union bound). Null without data. O(edges). Throws STATISTIC_INPUT_INVALID on unsound counts.
 * Reference: Vallender 1974 for the formula on the line.
 */
export function wasserstein(counts: Counts, binning: Binning, { alpha }: { alpha: number }): Divergence | null {
  checkShare('alpha', alpha);
  const crossings = readCrossings(counts, binning);
  const { n } = crossings;
  if (n === 0) return null;
  const { edges, high } = binning;
  let [estimate, low, top] = [0, 0, 0];
  for (let edge = 0; edge < edges.length; edge++) {
    const [down, same, up] = edgeCells(crossings, edge);
    const width = (edges[edge + 1] ?? high) - (edges[edge] as number);
    const [from, to] = trinomialInterval({ up, same, down, alpha: alpha / edges.length });
    estimate += (Math.abs(up - down) / n) * width;
    low += Math.max(0, from, -to) * width;
    top += Math.max(to, -from) * width;
  }
  return {
    name: 'Wasserstein-1 distance',
    base: 'unit of the score',
    binning: `${edges.length} edges, scores at the upper ends of their bins`,
    n,
    estimate,
    interval: [low, top],
  };
}

/** The largest difference of the two distribution functions at any edge, as an effect size. O(edges). Null without data. */
export function ksDistance(counts: Counts, binning: Binning, { alpha }: { alpha: number }): Divergence | null {
  checkShare('alpha', alpha);
  const crossings = readCrossings(counts, binning);
  const { n, ups, downs } = crossings;
  if (n === 0) return null;
  return {
    name: 'KS distance',
    base: 'no logarithm (0 to 1)',
    binning: `${ups.length} edges`,
    n,
    estimate: Math.max(...ups.map((up, edge) => Math.abs(up - (downs[edge] as number)))) / n,
    interval: pairedKsInterval(crossings, alpha),
  };
}
