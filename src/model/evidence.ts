// Claims about arms, the integer counts they are judged by, and what the counts say.

/** The mergeable sufficient statistic: integers whose meaning the statistic's file gives. Merging is addition. */
export type Counts = readonly number[];

export interface Evidence {
  /** Observations behind it. */
  readonly n: number;
  readonly estimate: number | null;
  /** Covers at all times at once with probability 1 − alpha. */
  readonly interval: readonly [number, number] | null;
  /** Natural logarithm of the e-value for "over the limit" (VIOLATED) and for "within the limit" (HOLDS). */
  readonly logEUp: number;
  readonly logEDown: number;
  /** Further observations needed at the present estimate; null when that cannot be said. */
  readonly stillNeeded: number | null;
}

export type Verdict = 'HOLDS' | 'VIOLATED' | 'UNDECIDED';

export type Relation = 'bounded' | 'invariant' | 'sensitive' | 'loud';

/** A measurable claim about one arm. `against: control` compares with the control arm's outcome on the same request. */
export interface Hypothesis {
  /** Unique in its experiment: `arm.decision.metric` or `arm.metric`, with relation and segmentation where they are said. */
  readonly id: string;
  readonly arm: string;
  readonly decision: string | null;
  readonly metric: string;
  /** The metric's own options, checked against its schema; {} for most. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Name of the segmentation whose every segment is judged on its own; null: all requests together. */
  readonly segmentation: string | null;
  readonly relation: Relation;
  readonly against: 'limit' | 'control';
  readonly tolerance: number;
  /** Loud only: how many acted and un-acted requests must have been seen. */
  readonly minActed: number;
  readonly required: boolean;
  /** Added by penumbra itself, not written in the config. */
  readonly automatic: boolean;
  /** Share of the run's error budget for VIOLATED; the error rate of HOLDS. */
  readonly alphaViolated: number;
  readonly alphaHolds: number;
}
