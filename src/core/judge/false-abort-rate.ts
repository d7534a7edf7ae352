// How often a stop condition would abort a healthy run: printed beside the condition, so that people see what they chose.
import binomialCdf from '@stdlib/stats-base-dists-binomial-cdf';
import { PenumbraError } from '../../errors.ts';
import type { StopCondition } from '../../model.ts';
import { leastBreach } from './stop-condition.ts';

export interface HealthyTraffic {
  /** Share of requests over the condition's limit while nothing is wrong. */
  readonly healthyShare: number;
  readonly requestsPerWindow: number;
  /** Windows in the run. */
  readonly windows: number;
}

/**
 * P(some `condition.windows` windows in a row are breached), the windows being independent and each breached with the binomial tail
 * P(exceeding ≥ least). Exact recurrence over the length of the present row. O(windows · condition.windows).
 * Assumption: requests are independent; bursts make the true rate larger.
 * @throws PenumbraError USAGE for shares outside [0, 1] and counts that are no whole numbers
 */
export function falseAbortRate(condition: StopCondition, traffic: HealthyTraffic): number {
  const { healthyShare, requestsPerWindow, windows } = traffic;
  if (!(healthyShare >= 0 && healthyShare <= 1)) {
    throw new PenumbraError('USAGE', `falseAbortRate requires a healthyShare from 0 to 1, not ${healthyShare}`);
  }
  for (const [name, count] of Object.entries({ requestsPerWindow, windows })) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new PenumbraError('USAGE', `falseAbortRate requires ${name} as a whole number from 0 up, not ${count}`);
    }
  }
  const breach = breachProbability(condition, { healthyShare, requestsPerWindow });
  return rowProbability(breach, { length: condition.windows, trials: windows });
}

function breachProbability(
  condition: StopCondition,
  { healthyShare, requestsPerWindow }: { healthyShare: number; requestsPerWindow: number },
): number {
  if (requestsPerWindow < condition.minCount || requestsPerWindow === 0) return 0;
  const least = leastBreach(requestsPerWindow, condition);
  if (least > requestsPerWindow) return 0;
  // P(X ≥ least) as the lower tail of the requests that do not exceed: no cancellation for tiny probabilities.
  return binomialCdf(requestsPerWindow - least, requestsPerWindow, 1 - healthyShare);
}

/** P(at least one row of `length` successes in `trials`). */
function rowProbability(success: number, { length, trials }: { length: number; trials: number }): number {
  let rows = new Array<number>(length).fill(0);
  rows[0] = 1;
  let done = 0;
  for (let trial = 0; trial < trials; trial++) {
    const next = new Array<number>(length).fill(0);
    for (let row = 0; row < length; row++) {
      const share = rows[row] as number;
      next[0] = (next[0] as number) + share * (1 - success);
      if (row + 1 === length) done += share * success;
      else next[row + 1] = share * success;
    }
    rows = next;
  }
  return done;
}
