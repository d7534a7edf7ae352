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
  /** Of statistics made of several tests: the one that speaks loudest, in words. */
  readonly loudest?: string;
}

/** DIFFERENT: proven unlike the control, where no limit was stated. REGRESSED: was well and is not any more; it may clear again. */
export type Verdict = 'HOLDS' | 'VIOLATED' | 'UNDECIDED' | 'DIFFERENT' | 'REGRESSED';

/** Whether requests hold one row (batches are skipped) or many (a batch is one observation). */
export type RowsPolicy = 'single' | 'batch';

export type Relation = 'bounded' | 'invariant' | 'sensitive' | 'loud';

/** Who hears of it: somebody is woken, somebody finds it in the morning, nobody. */
export type Notify = 'page' | 'ticket' | 'none';

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
  /** What one observation is: a request of one row, or a batch whose rows are averaged. */
  readonly rows: RowsPolicy;
  readonly relation: Relation;
  readonly against: 'limit' | 'control';
  readonly tolerance: number;
  /** Loud only: how many acted and un-acted requests must have been seen. */
  readonly minActed: number;
  readonly required: boolean;
  /** Added by penumbra itself, not written in the config. */
  readonly automatic: boolean;
  /** As written; absent: `notifyOf` knows. */
  readonly notify?: Notify;
  /** Of a claim that rests on what its arm answers to the input of defaults alone; absent until the run scores, and for every other. */
  readonly learned?: LearnedOptions;
  /** Share of the run's error budget for VIOLATED; the error rate of HOLDS. */
  readonly alphaViolated: number;
  readonly alphaHolds: number;
}

/** What a metric's options became by asking the arm, frozen for the run. */
export interface LearnedOptions {
  /** Null: the arm gave no answer, and nothing can be judged. */
  readonly options: Readonly<Record<string, unknown>> | null;
  /** Of the arm when it answered: pairs of another version are not judged by it. Null where it states none. */
  readonly version: string | null;
  /** Why there is no answer. */
  readonly problem: string | null;
}

/** State of a late-onset detector: plain data, ln(1 + R_g) of each bet, finite and never negative, so that JSON keeps it exactly. */
export interface LateOnsetState {
  readonly isRegressed: boolean;
  readonly up: readonly number[];
  /** The DOWN bets, started at the alarm; empty while there is none. */
  readonly down: readonly number[];
  /** Closed buckets with data, and their number at the alarm. */
  readonly buckets: number;
  readonly regressedAt: number | null;
}
