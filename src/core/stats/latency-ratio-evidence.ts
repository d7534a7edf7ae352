// The e-values of a latency ratio: every bucket edge is a candidate for the control's quantile, and must be refuted as one or be shown
// to obey (or break) the ratio; the edge where that is least done decides.
import { bernoulliBets } from './bernoulli-bets.ts';
import type { RatioBets } from './latency-ratio-bets.ts';
import type { RatioCounts } from './latency-ratio-counts.ts';
import { logSumExp } from './log-sum-exp.ts';
import { logWealth } from './mixture.ts';
import type { LogE } from './statistic.ts';

interface Candidates {
  readonly read: RatioCounts;
  readonly quantile: number;
  readonly bets: RatioBets;
  /** Control's latencies above edge t, by t. */
  readonly above: readonly number[];
}

/**
 * min over edges t of the weighted mean of A_t, B_t and C_t. A_t: UP on "control above edge t more often than 1 − p", so t is too low; B_t:
 * DOWN on "above edge t − 1 at least 1 − p of the time", so t is too high; C_t: the bets on the pair at t. At the true t all three are
 * e-processes, so their mean is, and the minimum lies below it: no union bound. A_t falls and B_t rises in t, so the search stops
 * on both sides of the empirical quantile as soon as they alone exceed the least found. O(edges + candidates near the quantile · 47 bets).
 */
export function latencyRatioLogE(read: RatioCounts, { quantile, bets }: { quantile: number; bets: RatioBets }): LogE {
  if (read.n === 0) return { up: 0, down: 0 };
  const above = aboveEdges(read);
  const start = above.findIndex((count) => count <= (1 - quantile) * read.n);
  const least = { up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY };
  const candidates: Candidates = { read, quantile, bets, above };
  for (const step of [1, -1]) {
    for (let edge = start + (step === 1 ? 0 : -1); edge >= 0 && edge <= read.edges; edge += step) {
      const { tooLow, tooHigh, obeys, breaks } = candidateAt(edge, candidates);
      least.up = Math.min(least.up, logSumExp([tooLow, tooHigh, breaks]));
      least.down = Math.min(least.down, logSumExp([tooLow, tooHigh, obeys]));
      if ((step === 1 ? tooHigh : tooLow) >= Math.max(least.up, least.down)) break;
    }
  }
  return least;
}

/** Latencies above edge t for every t; the last edge is infinity. */
function aboveEdges({ n, edges, control }: RatioCounts): number[] {
  const above: number[] = [];
  let left = n;
  for (let edge = 0; edge < edges; edge++) {
    left -= control[edge] as number;
    above.push(left);
  }
  above.push(0);
  return above;
}

/** ln of the three weighted terms, C_t for both verdicts. VIOLATED compares ratio · edge t with edge t − 1 on the control's side. */
function candidateAt(edge: number, { read, quantile, bets, above }: Candidates) {
  const { n, edges, control, inside, ups, downs } = read;
  const rate = bernoulliBets(1 - quantile);
  const [shareLow, shareHigh, shareHere] = bets.logShares;
  const aboveHere = above[edge] as number;
  const aboveBefore = edge === 0 ? n : (above[edge - 1] as number);
  const isLast = edge === edges;
  const up = isLast ? 0 : (ups[edge] as number);
  const down = isLast ? 0 : (downs[edge] as number);
  const here = isLast ? aboveBefore : (control[edge] as number);
  const within = isLast ? here : (inside[edge] as number);
  const upBefore = up + within;
  const downBefore = down - (here - within);
  return {
    tooLow: shareLow + logWealth(rate.up, [n - aboveHere, aboveHere]),
    tooHigh: shareHigh + logWealth(rate.down, [n - aboveBefore, aboveBefore]),
    obeys: shareHere + logWealth(bets.obeys, [n - aboveHere - down, down, up, aboveHere - up]),
    breaks:
      shareHere + logWealth(bets.breaks, [n - aboveBefore - downBefore, downBefore, upBefore, aboveBefore - upBefore]),
  };
}
