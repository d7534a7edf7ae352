// Typical counts are counts that a statistic could have made: their evidence is read without complaint and has the mean they stand for.
import { describe, expect, it } from 'vitest';
import { typicalCounts } from '../../../../src/commands/plan/typical-counts.ts';
import { statisticOf } from '../../../../src/core/judge/observe.ts';
import type { Hypothesis } from '../../../../src/model.ts';
import { hypothesisOf } from '../../core/judge/hypotheses.ts';

function claimAbout(metric: string, against: Hypothesis['against'] = 'limit'): Hypothesis {
  return hypothesisOf({
    id: `candidate.late.${metric}`,
    arm: 'candidate',
    metric,
    against,
    tolerance: 0.1,
    minActed: 0,
  });
}

const claim = { tolerance: 0.1, alphaViolated: 0.01, alphaHolds: 0.01 };

describe('typical counts', () => {
  it.each([
    ['flip', 'limit'],
    ['error', 'control'],
    ['mean-difference', 'limit'],
    ['bias', 'limit'],
    ['paired-ks', 'limit'],
    ['latency', 'control'],
  ] as const)('%s against %s: 1,000 requests of mean 0.2', (metric, against) => {
    const hypothesis = claimAbout(metric, against);
    const counts = typicalCounts(hypothesis, { n: 1000, mean: 0.2 });
    const { n, estimate } = statisticOf(hypothesis).evidence(counts ?? [], claim);
    expect(n).toBe(1000);
    expect(Math.abs((estimate ?? 0) - 0.2)).toBeLessThan(0.02);
  });

  it('PSI can be said for no difference only', () => {
    const hypothesis = claimAbout('psi');
    const counts = typicalCounts(hypothesis, { n: 1001, mean: 0 });
    expect(statisticOf(hypothesis).evidence(counts ?? [], claim)).toMatchObject({ n: 1001, estimate: 0 });
    expect(typicalCounts(hypothesis, { n: 1000, mean: 0.2 })).toBeNull();
  });
});
