// A batch is one observation: its rows share a request, a moment and a cause, so counting them one by one would call one bad request
// a hundred. What is counted is the mean over its rows, a number from 0 to 1 (from −1 to 1 beside the control).
import type { Decision, Hypothesis, Pair } from '../../model.ts';
import type { Metric } from '../compare/index.ts';
import type { StatisticName } from '../stats/index.ts';
import type { Distances, Observation } from '../stats/statistic.ts';

/** The statistic of a batch's mean for each statistic of a row; distributions of rows have none. */
export const batchStatistics: Readonly<Partial<Record<StatisticName, StatisticName>>> = {
  bernoulli: 'bounded-mean',
  'bounded-mean': 'bounded-mean',
  trinomial: 'signed-mean',
  'signed-mean': 'signed-mean',
  bias: 'bias',
  difference: 'difference',
};

/** Whether a row of its own can have it; an error or a latency is the request's. */
export function isOfRows({ needsDecision, isOfRows: isSaid }: Pick<Metric, 'needsDecision' | 'isOfRows'>): boolean {
  return isSaid ?? needsDecision;
}

/** The batch's one observation; null when none of its rows is in n. */
export function observeBatch(
  { metric, decision, against }: { metric: Metric; decision: Decision | null } & Pick<Hypothesis, 'against'>,
  pair: Pair,
): Observation | null {
  const rows = (pair.rows ?? [pair]).map((row) => metric.observe(row, { decision, against }));
  const seen = rows.filter((one) => one !== null);
  if (seen.length === 0) return null;
  if (seen.every((one) => typeof one === 'number')) return mean(seen);
  const distances = seen.filter(isDistances);
  if (distances.length === 0) return null;
  // A batch has no label of its own.
  return {
    arm: mean(distances.map(({ arm }) => arm)),
    control: mean(distances.map(({ control }) => control)),
    armFlipped: null,
    controlFlipped: null,
  };
}

function isDistances(one: Observation): one is Distances {
  return typeof one === 'object' && 'control' in one;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}
