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

/** The limits of an expectation, as a config says them; `control` is "no more than control + …". */
export type LimitForm = 'at most' | 'practically none' | 'at least' | 'control';

export interface Amount {
  /** "about 40 more requests at this …" */
  readonly noun: string;
  /** Not a share: written as a plain number, without per cent. */
  readonly isPlainNumber?: true;
  /** Judged in both directions: its size is limited, not the number with its sign. */
  readonly isTwoSided?: true;
  /** Against the control it is measured from the control itself: it is no excess over the control's own. */
  readonly isBetweenArms?: true;
}

export interface Metric {
  readonly name: string;
  /** What a sentence calls its mean: "flip rate". */
  readonly words: string;
  /** Needs a decision in its context. */
  readonly needsDecision: boolean;
  /** Of a batch it is asked row by row; an error or a latency is the request's. Unless given: when it needs a decision. */
  readonly isOfRows?: true;
  /** Counts only when the true outcome arrives. */
  readonly needsTruth: boolean;
  /** Reads the control's outcome beside the arm's, whatever the limit. */
  readonly needsControl?: true;
  /** Set when it says nothing against a fixed limit, with the smallest tolerance beyond the control that can be judged. */
  readonly onlyAgainstControl?: { readonly leastTolerance: number };
  /** Which limits can be judged, and the rest of the sentence "KEY …" for the others; every limit unless given. */
  readonly limits?: { readonly forms: readonly LimitForm[]; readonly otherwise: string };
  /** What n is: "comparable pairs" and this. Unless given, what follows from what the metric needs. */
  readonly counted?: string;
  /** How its number is called and written; a rate in per cent unless given. */
  readonly amount?: Amount;
  /** Set when its statistic has no e-values, which judging many segments together needs; the rest of the sentence "KEY …". */
  readonly whyNotPerSegment?: string;
  /** What to do instead while it is undecided, where it is slow to decide. */
  readonly advice?: string;
  /**
   * Set while it lacks what only the arm can say: the options it is judged with, from what the arm answers to the input in which every
   * feature has its default. Null: nothing can be learned from this answer. Until then no pair is in n.
   */
  readonly learn?: (prediction: Prediction) => Readonly<Record<string, unknown>> | null;
  /** Why it cannot be read of this decision, and which of its options is to blame; null when it can. */
  whyUnfit?(decision: Decision): { readonly option: string | null; readonly why: string } | null;
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

interface IndicatorMetric
  extends Pick<Metric, 'name' | 'words' | 'limits' | 'counted' | 'isOfRows' | 'whyUnfit' | 'learn'> {
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
  const { needsDecision = false, kinds, isAsked = () => true, happened, ...rest } = options;
  return {
    ...rest,
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

/** What n is, in words: "comparable pairs that the arm answered ok". */
export function countedWords({ counted, needsDecision, needsTruth }: Metric): string {
  if (counted !== undefined) return `comparable pairs${counted}`;
  const known = needsTruth ? ' with a known truth' : '';
  return `comparable pairs${known}${needsDecision ? ' that the arm answered ok' : ''}`;
}
