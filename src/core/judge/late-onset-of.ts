// Which hypotheses of a continuous experiment are watched for late onset, and from what evidence on they alarm: all detectors of the
// experiment together give one false alarm a year.
import type { Experiment, Hypothesis, Segmentation } from '../../model.ts';
import type { LinearStatistic } from '../stats/linear.ts';
import type { Statistic } from '../stats/statistic.ts';
import { type LateOnset, lateOnsetThreshold } from './late-onset.ts';
import { statisticOf } from './observe.ts';
import { toleranceOf } from './relation.ts';
import { declaredSegments } from './segment.ts';

export type { LateOnset } from './late-onset.ts';

type Setting = Pick<Experiment, 'hypotheses' | 'epochMs' | 'bucketMs'>;

/** By hypothesis id; empty for an experiment that is not continuous. Latencies and distributions are not watched: their bets are no sum. */
export function onsetsOf(
  { hypotheses, epochMs, bucketMs }: Setting,
  segmentations: readonly Segmentation[],
): ReadonlyMap<string, LateOnset> {
  if (epochMs === null) return new Map();
  const watched = hypotheses.flatMap((hypothesis) => {
    const statistic = watchable(hypothesis);
    return statistic === null ? [] : [{ hypothesis, statistic }];
  });
  const detectors = watched.reduce((sum, { hypothesis }) => sum + detectorsOf(hypothesis, segmentations), 0);
  const threshold = lateOnsetThreshold({ bucketMs, detectors: Math.max(1, detectors) });
  return new Map(
    watched.map(({ hypothesis, statistic }) => [
      hypothesis.id,
      { statistic, tolerance: toleranceOf(hypothesis), threshold },
    ]),
  );
}

/** One for all requests, or one for each segment that there may ever be. */
function detectorsOf({ segmentation }: Hypothesis, segmentations: readonly Segmentation[]): number {
  const found = segmentations.find(({ name }) => name === segmentation);
  return found === undefined ? 1 : (declaredSegments(found)?.length ?? found.most) + 1;
}

function watchable(hypothesis: Hypothesis): LinearStatistic | null {
  const statistic = statisticOf(hypothesis);
  if (!isLinear(statistic)) return null;
  if (hypothesis.relation !== 'sensitive') return statistic;
  // An arm that must reach a rate falls ill by sinking below it: the two sides change places.
  return {
    ...statistic,
    betsFor: (tolerance) => {
      const { up, down } = statistic.betsFor(tolerance);
      return { up: down, down: up };
    },
  };
}

function isLinear(statistic: Statistic): statistic is LinearStatistic {
  return 'betsFor' in statistic && 'cellsOf' in statistic;
}
