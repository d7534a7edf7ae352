// The relation `loud`: under the fault the arm must not be silently wrong, and it must be alive otherwise. An arm that always
// fails is never silently wrong, so HOLDS also needs proof that the fault acted and that the arm answers when it does not.
import type { Counts, Decision, Hypothesis, Pair } from '../../model.ts';
import type { Metric } from '../compare/index.ts';
import { checkedCount } from '../stats/statistic.ts';

/** Counts: [n, hits, unactedOk, unactedFailed]; n are acted requests on which the control answered ok. */
export const loudCounts = 4;

/** Most failures among un-acted requests. */
const mostFailed = 0.05;

/**
 * Adds one pair; false when nothing was added. Acted: in n when the control answered ok, a hit when the metric
 * (silent-wrong) says so, and a failing arm is loud, which is 0. Un-acted: the arm answered ok, or it failed.
 */
export function observeLoud(
  counts: number[],
  { pair, metric, decision }: { pair: Pair; metric: Metric; decision: Decision | null },
): boolean {
  if (pair.arm.faultActed === false) {
    increase(counts, pair.arm.status === 'ok' ? 2 : 3);
    return true;
  }
  if (pair.arm.faultActed === null || pair.control?.status !== 'ok') return false;
  const observation = metric.observe(pair, { decision, against: 'limit' });
  if (observation === null) return false;
  increase(counts, 0);
  if (observation === 1) increase(counts, 1);
  return true;
}

function increase(counts: number[], index: number): void {
  counts[index] = (counts[index] as number) + 1;
}

/** What HOLDS still lacks besides its e-value, in words; empty when nothing. VIOLATED needs none of it. */
export function missingForLoud(counts: Counts, { minActed }: Hypothesis): string[] {
  const [acted, , ok, failed] = [0, 1, 2, 3].map((index) => checkedCount(counts[index])) as [
    number,
    number,
    number,
    number,
  ];
  const missing: string[] = [];
  if (acted < minActed) {
    missing.push(`the fault acted on ${acted} of ${minActed} requests that the control answered`);
  }
  if (ok < minActed) missing.push(`the arm answered ok on ${ok} of ${minActed} requests without the fault`);
  if (failed > mostFailed * (ok + failed)) {
    missing.push(`the arm failed on ${failed} of ${ok + failed} requests without the fault, which is more than 5 %`);
  }
  return missing;
}
