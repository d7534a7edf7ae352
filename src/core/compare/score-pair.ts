// Two scores of one request for metrics of distributions: production's and the arm's, or the control's and the arm's.
import type { Decision, Outcome, Pair } from '../../model.ts';
import { type Metric, type MetricContext, predictionsOf } from './metric.ts';
import { clipped, unitScore } from './unit-score.ts';

/**
 * [baseline's, arm's] on a scale from 0 to 1. Numbers outside count at its ends: the outermost bins are "up to the lowest edge" and "above
 * the highest", so no number is lost and what crosses an edge is counted as it is. Null when either is missing.
 */
export function scorePair(
  pair: Pair,
  { decision, against }: MetricContext,
): readonly [baseline: number, arm: number] | null {
  if (decision === null) return null;
  const arm = scoreOf(pair.arm, pair, decision);
  const baseline = against === 'control' ? controlScore(pair, decision) : productionScore(pair, decision);
  return arm === null || baseline === null ? null : [clipped(baseline, [0, 1]), clipped(arm, [0, 1])];
}

function scoreOf(outcome: Outcome, pair: Pair, decision: Decision): number | null {
  const both = predictionsOf(outcome, pair, decision);
  return both === null ? null : unitScore(decision, both.shadow);
}

function controlScore(pair: Pair, decision: Decision): number | null {
  return pair.control === null ? null : scoreOf(pair.control, pair, decision);
}

function productionScore({ production }: Pair, decision: Decision): number | null {
  const prediction = production.predictions[decision.name];
  return prediction === undefined ? null : unitScore(decision, prediction);
}

/** A threshold outside (0, 1) says that the score is no probability: the edges between 0 and 1 would not tell its values apart. */
export const whyNoScorePair: NonNullable<Metric['whyUnfit']> = ({ name, kind, threshold }) => {
  if (kind !== 'binary' || threshold === null || (threshold > 0 && threshold < 1)) return null;
  return {
    option: null,
    why: `tells scores apart between 0 and 1, and the label of ${name} is above ${threshold}: its score is no probability`,
  };
};
