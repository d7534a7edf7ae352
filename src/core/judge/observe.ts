// From a hypothesis to counting: which statistic its observations go into, and what one pair adds. The one place where
// metric, statistic and relation meet, so that whoever accumulates knows none of them.
import { PenumbraError } from '../../errors.ts';
import type { Decision, Hypothesis, Pair } from '../../model.ts';
import { compareWithTruth, type Metric, metricNamed, metrics } from '../compare/index.ts';
import { statisticNamed } from '../stats/index.ts';
import { createLatencyRatio } from '../stats/latency-ratio.ts';
import type { Observation, Statistic } from '../stats/statistic.ts';
import { loudCounts, observeLoud } from './loud.ts';
import { batchStatistics, isOfRows, observeBatch } from './observe-batch.ts';
import { toleranceOf } from './relation.ts';

/** Labels of one pair as the store kept them. */
export interface LabelledPair {
  readonly production: string;
  /** Null when the arm gave no answer that could be read. */
  readonly arm: string | null;
  /** As `truthLabel` wrote it. */
  readonly truth: string;
}

export interface Observer {
  /** Length of the hypothesis's counts. */
  readonly size: number;
  /** True when pairs count only once their true outcome is known: `observe` adds nothing, `observeTruth` does. */
  readonly waitsForTruth: boolean;
  /** Adds a pair to the counts; false when it is not in n (nothing was added). */
  observe(counts: number[], pair: Pair): boolean;
  observeTruth(counts: number[], pair: LabelledPair): boolean;
}

export function statisticOf(hypothesis: Hypothesis): Statistic {
  const metric = metricOf(hypothesis);
  const ofRow = metric.statistic(hypothesis.against);
  if (ofRow === 'latency-ratio') return latencyRatioFor(toleranceOf(hypothesis));
  const isBatch = hypothesis.rows === 'batch' && isOfRows(metric);
  return statisticNamed(isBatch ? (batchStatistics[ofRow] ?? ofRow) : ofRow);
}

const latencyRatios = new Map<number, Statistic>();

/** Its buckets depend on the tolerance. Kept, since making one costs as much as thousands of requests and it is asked at every close. */
function latencyRatioFor(tolerance: number): Statistic {
  const made = latencyRatios.get(tolerance) ?? createLatencyRatio({ ratio: 1 + tolerance });
  latencyRatios.set(tolerance, made);
  return made;
}

/** Throws INTERNAL for an unknown metric or options: hypotheses are checked when the config is read. */
export function metricOf({ metric, options }: Pick<Hypothesis, 'metric' | 'options'>): Metric {
  const found = metricNamed(metric, options);
  if (found !== undefined) return found;
  const names = metrics.map(({ name }) => name);
  if ((names as readonly string[]).includes(metric)) {
    throw new PenumbraError('INTERNAL', `metric "${metric}" does not know the options ${JSON.stringify(options)}`);
  }
  const known = names.join(', ');
  throw new PenumbraError('INTERNAL', `metric "${metric}" is unknown; known: ${known}`);
}

/** `decision` is the one the hypothesis names; null for metrics about the whole answer. */
export function createObserver(hypothesis: Hypothesis, decision: Decision | null): Observer {
  const metric = metricOf(hypothesis);
  const { against } = hypothesis;
  if (hypothesis.relation === 'loud') return createLoudObserver(metric, decision);
  const statistic = statisticOf(hypothesis);
  const isBatch = hypothesis.rows === 'batch' && isOfRows(metric);
  const count = (counts: number[], observation: Observation | null): boolean => {
    if (observation === null) return false;
    statistic.add(counts, observation);
    return true;
  };
  return {
    size: statistic.size,
    waitsForTruth: metric.needsTruth,
    observe: (counts, pair) =>
      count(
        counts,
        isBatch ? observeBatch({ metric, decision, against }, pair) : metric.observe(pair, { decision, against }),
      ),
    observeTruth: (counts, { production, arm, truth }) => {
      if (!metric.needsTruth || decision === null || arm === null) return false;
      return count(counts, compareWithTruth(decision, { production, arm, truth }));
    },
  };
}

function createLoudObserver(metric: Metric, decision: Decision | null): Observer {
  return {
    size: loudCounts,
    waitsForTruth: false,
    observe: (counts, pair) => observeLoud(counts, { pair, metric, decision }),
    observeTruth: () => false,
  };
}
