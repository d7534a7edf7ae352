// How long a stop condition needs to notice that production is over its limit: printed beside it, so that people see what they chose.
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import { boundedMean } from '../stats/bounded-mean.ts';
import { logGain } from '../stats/mixture.ts';
import { zeroCounts } from '../stats/statistic.ts';
import { type StopRule, stopDetector } from './stop-condition.ts';

export interface Breach {
  /** Share of production's requests over the condition's limit, above the allowed one. */
  readonly share: number;
  readonly requestsPerSecond: number;
}

/**
 * Roughly the median time from the breach to the abort, in milliseconds: the evidence that is asked for, over what the best fixed bet
 * gains per window on average when requests are independent. Null when no bet gains. O(bets · requests per window).
 */
export function noticeMs(rule: StopRule, { share, requestsPerSecond }: Breach): number | null {
  const { windowMs, minCount, windows } = rule.condition;
  const perWindow = Math.max(1, minCount, Math.round((requestsPerSecond * windowMs) / 1000));
  const windowLastsMs = Math.max(windowMs, (perWindow / requestsPerSecond) * 1000);
  const { threshold, tolerance } = stopDetector(rule, 1);
  const bets = boundedMean.betsFor(tolerance).up;
  const growth = new Array<number>(bets.terms.length).fill(0);
  for (const { chance, cells } of outcomes(perWindow, share)) {
    for (let bet = 0; bet < growth.length; bet++) {
      growth[bet] = (growth[bet] as number) + chance * logGain(bets, cells, bet);
    }
  }
  const needed = growth.flatMap((gain, bet) =>
    gain > 0 ? [(Math.log(threshold) - (bets.logWeights[bet] as number)) / gain] : [],
  );
  if (needed.length === 0) return null;
  return (Math.max(windows, Math.ceil(Math.min(...needed))) - 0.5) * windowLastsMs;
}

interface WindowOutcome {
  readonly chance: number;
  readonly cells: readonly number[];
}

/** What a window of so many requests can show, as cells of the engine; what hardly ever happens is left out. */
function* outcomes(requests: number, share: number): Generator<WindowOutcome> {
  const spread = 8 * Math.sqrt(requests * share * (1 - share)) + 1;
  const first = Math.max(0, Math.floor(requests * share - spread));
  const last = Math.min(requests, Math.ceil(requests * share + spread));
  let below = first === 0 ? 0 : binomialCdf(first - 1, requests, share);
  for (let exceeded = first; exceeded <= last; exceeded++) {
    const upTo = exceeded === requests ? 1 : binomialCdf(exceeded, requests, share);
    const chance = upTo - below;
    below = upTo;
    if (chance < 1e-9) continue;
    const counts = zeroCounts(boundedMean.size);
    boundedMean.add(counts, exceeded / requests);
    yield { chance, cells: boundedMean.cellsOf(counts) };
  }
}
