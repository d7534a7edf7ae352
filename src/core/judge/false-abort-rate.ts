// How often a run may be aborted by mistake, and the evidence that a stop condition therefore needs: stated beforehand, kept by
// construction, whatever the rate of requests.
import { PenumbraError } from '../../errors.ts';

/** At most this share of runs is aborted by a stop condition while production keeps within all of the run's limits. */
export const mostFalseAborts = 0.01;

export interface RunOfWindows {
  /** Windows that fit into the run's time. */
  readonly windowsInRun: number;
  /** Stop conditions of the run; they share the rate. */
  readonly conditions: number;
}

/** What one condition of the run may contribute. */
export function falseAbortRate({ conditions }: Pick<RunOfWindows, 'conditions'>): number {
  return mostFalseAborts / conditions;
}

/**
 * The Shiryaev–Roberts threshold of the run's `judged`-th window (from 1). Under the null P(R reaches A within J windows) ≤ J/A; so the
 * windows that fit into the run cost half of the rate. A run may have more (a slow warm-up): whenever their number doubles the threshold
 * grows fourfold, which costs a quarter of the rate, an eighth, and so on. All together never more than the rate. O(1).
 * Assumption: given the windows before it, the expected share of a window's requests that exceed the limit is at most what is allowed.
 * Requests of one window may depend on each other in any way.
 * Reference: Shin, Ramdas and Rinaldo, NEJSDS 2024, "E-detectors", arXiv:2203.03532.
 *
 * @throws PenumbraError USAGE for counts that are no whole numbers from 1 up
 * @example abortThreshold(1, { windowsInRun: 3600, conditions: 1 }) // 720000
 */
export function abortThreshold(judged: number, { windowsInRun, conditions }: RunOfWindows): number {
  for (const [name, count] of Object.entries({ judged, windowsInRun, conditions })) {
    if (Number.isSafeInteger(count) && count >= 1) continue;
    throw new PenumbraError('USAGE', `abortThreshold requires ${name} as a whole number from 1 up, not ${count}`);
  }
  const doublings = Math.max(0, Math.ceil(Math.log2(judged / windowsInRun)));
  return (2 * windowsInRun * 4 ** doublings) / falseAbortRate({ conditions });
}
