// What every metric is: one observation from one pair, or null when the pair is not in the metric's n. Most kinds state only when
// a thing happened to an outcome; comparing with the control, request by request, is the same for all of those and done here.
import type { Decision, Outcome, Pair, Prediction, PredictionKind } from '../../model.ts';
import type { StatisticName } from '../stats/index.ts';
import type { Observation } from '../stats/statistic.ts';

export interface MetricContext {
  /** Null for metrics that look at no prediction. */
  readonly decision: Decision | null;
  readonly against: 'limit' | 'control';
  /** The true outcome as `truthLabel` wrote it; only `worse` reads it. */
  readonly truth?: string | null;
}

export interface Metric {
  readonly name: string;
  /** What a sentence calls its mean: "flip rate". */
  readonly words: string;
  /** Needs a decision in its context. */
  readonly needsDecision: boolean;
  /** Counts only when the true outcome arrives. */
  readonly needsTruth: boolean;
  /** Set when it says nothing against a fixed limit, with the smallest tolerance beyond the control that can be judged. */
  readonly onlyAgainstControl?: { readonly leastTolerance: number };
  applies(kind: PredictionKind): boolean;
  /** Which statistic its observations go into. */
  statistic(against: MetricContext['against']): StatisticName;
  /**
   * 0 or 1 against a limit; −1, 0 or 1 against the control; for measured amounts [control's, arm's]. Null when this pair is not
   * in n. Total: never throws.
   */
  observe(pair: Pair, context: MetricContext): Observation | null;
}

/** Whether the thing happened to this outcome of the pair (the arm's or the control's); null when it cannot be asked. */
export type Happened = (outcome: Outcome, pair: Pair, decision: Decision | null) => boolean | null;

interface IndicatorMetric {
  readonly name: string;
  readonly words: string;
  readonly needsDecision?: boolean;
  readonly kinds?: readonly PredictionKind[];
  /** Whether the pair is asked at all; every pair unless given. */
  readonly isAsked?: (pair: Pair) => boolean;
  readonly happened: Happened;
}

/**
 * A metric from an indicator. Against the control X = 1[arm] − 1[control] on the same request, and a pair counts only when
 * both can be asked: the difference of two rates over different requests would not be a paired one.
 */
export function createMetric(options: IndicatorMetric): Metric {
  const { name, words, needsDecision = false, kinds, isAsked = () => true, happened } = options;
  return {
    name,
    words,
    needsDecision,
    needsTruth: false,
    applies: (kind) => kinds === undefined || kinds.includes(kind),
    statistic: (against) => (against === 'control' ? 'trinomial' : 'bernoulli'),
    observe(pair, { decision, against }) {
      if (!isAsked(pair)) return null;
      const onArm = happened(pair.arm, pair, decision);
      if (onArm === null || against === 'limit') return onArm === null ? null : Number(onArm);
      const onControl = pair.control === null ? null : happened(pair.control, pair, decision);
      return onControl === null ? null : Number(onArm) - Number(onControl);
    },
  };
}

/** Production's and an ok outcome's prediction of one decision; null when either is missing. */
export function predictionsOf(
  outcome: Outcome,
  pair: Pair,
  decision: Decision | null,
): { production: Prediction; shadow: Prediction } | null {
  if (decision === null || outcome.status !== 'ok') return null;
  const production = pair.production.predictions[decision.name];
  const shadow = outcome.predictions?.[decision.name];
  return production === undefined || shadow === undefined ? null : { production, shadow };
}
