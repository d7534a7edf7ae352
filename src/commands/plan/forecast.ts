// How much evidence a hypothesis needs: requests until "within limit" when nothing is wrong and at half the limit, and until
// "over limit" at twice the limit. Forecasts for people, from the very engine that judges; never part of a verdict.
import { readEvidence } from '../../core/judge/judge-stream.ts';
import { toleranceOf } from '../../core/judge/relation.ts';
import { meantShareOf } from '../../faults/swap.ts';
import type { Arm, Hypothesis } from '../../model.ts';
import { typicalCounts } from './typical-counts.ts';

export interface Forecast {
  readonly hypothesis: Hypothesis;
  /** Requests that count for it until HOLDS, at the best imaginable rate; null when no number of them proves it. */
  readonly best: number | null;
  /** The same at half the limit; null when beyond 10^8. */
  readonly atHalf: number | null;
  /** Requests until VIOLATED at twice the limit. */
  readonly atTwice: number | null;
  /** Which part of the arm's requests counts for it. */
  readonly countedShare: number;
  /** Requests the arm must be sent until `best` of them counted (for loud: with enough un-acted ones too). */
  readonly sent: number | null;
}

const most = 1e8;

export function forecast(hypothesis: Hypothesis, arm: Arm): Forecast {
  const tolerance = toleranceOf(hypothesis);
  const isSensitive = hypothesis.relation === 'sensitive';
  const best = requestsUntil(hypothesis, { side: 'holds', mean: isSensitive ? 1 : 0 });
  const countedShare = countedShareOf(hypothesis, arm);
  return {
    hypothesis,
    best,
    atHalf: requestsUntil(hypothesis, { side: 'holds', mean: isSensitive ? (1 + tolerance) / 2 : tolerance / 2 }),
    atTwice: requestsUntil(hypothesis, {
      side: 'violated',
      mean: isSensitive ? tolerance / 2 : atMost(hypothesis, 2 * tolerance),
    }),
    countedShare,
    sent: best === null ? null : sentUntil(hypothesis, { best, countedShare }),
  };
}

/** A rate ends at 1; a latency may be any multiple of the control's. */
function atMost({ metric }: Hypothesis, mean: number): number {
  return metric === 'latency' ? mean : Math.min(1, mean);
}

/** Fewest requests at which counts of exactly this mean decide; null beyond 10^8. O(log n) evaluations. */
function requestsUntil(
  hypothesis: Hypothesis,
  { side, mean }: { side: 'holds' | 'violated'; mean: number },
): number | null {
  const goal = Math.log(1 / (side === 'holds' ? hypothesis.alphaHolds : hypothesis.alphaViolated));
  const isDecided = (n: number): boolean => {
    const counts = typicalCounts(hypothesis, { n, mean });
    if (counts === null) return false;
    const { evidence } = readEvidence(counts, hypothesis);
    return (side === 'holds' ? evidence.logEDown : evidence.logEUp) >= goal;
  };
  let enough = 1;
  while (!isDecided(enough)) {
    enough *= 2;
    if (enough > most) return null;
  }
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isDecided(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}

/** silent-wrong counts only where the fault acts, `recovered` only once its time has passed; every other metric counts all requests. */
function countedShareOf({ metric, options }: Hypothesis, { perturbations, faults }: Arm): number {
  const struck = metric === 'recovered' ? faults.find((use) => use.options.settleMs !== undefined) : undefined;
  if (struck !== undefined) return Math.max(0, 1 - Number(options.withinMs) / Number(struck.options.everyMs));
  const uses = [...perturbations, ...faults];
  const isUnknown = faults.some(({ type, options }) => type === 'dependency' && options.key === undefined);
  if (metric !== 'silent-wrong' || uses.length === 0 || isUnknown) return 1;
  const untouched = uses.reduce((share, use) => share * (1 - meantShareOf(use)), 1);
  return 1 - untouched;
}

function sentUntil(
  { relation, minActed }: Hypothesis,
  { best, countedShare }: { best: number; countedShare: number },
): number {
  if (relation !== 'loud') return Math.ceil(best / countedShare);
  return Math.ceil(Math.max(Math.max(best, minActed) / countedShare, minActed / (1 - countedShare)));
}
