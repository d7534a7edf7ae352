// Counts as they would be after n requests of a given mean, for forecasts: the best case, since real observations scatter.
import { statisticOf } from '../../core/judge/observe.ts';
import type { Observation, Statistic } from '../../core/stats/statistic.ts';
import { zeroCounts } from '../../core/stats/statistic.ts';
import type { Counts, Hypothesis } from '../../model.ts';

const typicalMs = 20;

/** Null where a mean does not say what the observations were. */
export function typicalCounts(hypothesis: Hypothesis, { n, mean }: { n: number; mean: number }): Counts | null {
  const statistic = statisticOf(hypothesis);
  switch (statistic.name) {
    case 'latency-ratio':
      return repeated(statistic, { observation: [typicalMs, typicalMs * (1 + mean)], n });
    case 'bounded-mean':
    case 'signed-mean':
    case 'bias':
      return repeated(statistic, { observation: mean, n });
    case 'paired-ks': {
      // That share of the scores crosses every edge, the others stay where they are.
      const moved = Math.round(n * mean);
      const still = repeated(statistic, { observation: [0.5, 0.5], n: n - moved });
      return sum(still, repeated(statistic, { observation: [0, 1], n: moved }));
    }
    case 'psi':
      return mean === 0 ? spread(statistic, n) : null;
    case 'difference':
      return null;
    default: {
      // n and what happened; loud has two cells more that evidence does not read.
      const counts = zeroCounts(Math.max(4, statistic.size));
      counts[0] = n;
      counts[1] = Math.round(n * mean);
      return counts;
    }
  }
}

function repeated(statistic: Statistic, { observation, n }: { observation: Observation; n: number }): Counts {
  const one = zeroCounts(statistic.size);
  statistic.add(one, observation);
  return one.map((count) => count * n);
}

/** Equal scores on both sides, evenly over the range. */
function spread(statistic: Statistic, n: number): Counts {
  const places = 8;
  let counts: Counts = zeroCounts(statistic.size);
  for (let place = 0; place < places; place++) {
    const score = (place + 0.5) / places;
    counts = sum(counts, repeated(statistic, { observation: [score, score], n: Math.floor((n + place) / places) }));
  }
  return counts;
}

function sum(first: Counts, second: Counts): Counts {
  return first.map((count, index) => count + (second[index] as number));
}
