// The nouns that flow through penumbra, as types only: what one part hands to the next.
// Times are milliseconds since the epoch (`…At`) or plain milliseconds (`…Ms`); shares and tolerances are fractions of 1.

// ---- What a model is asked and what it answers -------------------------------------------------------------------

export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'FP32'
  | 'FP64'
  | 'BYTES';

/** A 64-bit integer beyond 2^53 is a bigint; `null` is a missing number; NaN and infinities are legal numbers. */
export type TensorValue = number | bigint | string | boolean | null;

/** One named tensor; `data` is flat, row-major, and as long as the product of `shape`. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: readonly TensorValue[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Tensor[];
  readonly outputs?: readonly Readonly<Record<string, unknown>>[];
}

export interface ModelAnswer {
  readonly modelName: string | null;
  readonly modelVersion: string | null;
  /** The service says that this answer rests on fallback values. */
  readonly degraded: boolean;
  readonly outputs: readonly Tensor[];
}

// ---- HTTP copies, as sources hand them over ----------------------------------------------------------------------

/** Header names are lower case; repeated headers are joined with ", ". */
export type Headers = Readonly<Record<string, string>>;

export interface RequestMessage {
  readonly method: string;
  /** Path and query, origin form. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface AnswerMessage {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** One production request with its answer, still as bytes. Bodies are de-chunked, not decompressed. */
export interface RawExchange {
  /** The source's own id (for the tap: epoch, connection, sequence), used when the request carries none. */
  readonly sourceId: string;
  /** An id that whoever handed the exchange over gave it on purpose; it wins over what the request carries. */
  readonly givenId?: string;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly request: RequestMessage;
  readonly answer: AnswerMessage;
}

/** One production request with its answer, decoded. */
export interface Exchange {
  readonly id: string;
  readonly model: string;
  readonly protocol: string;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly request: ModelRequest;
  readonly requestMessage: RequestMessage;
  readonly answer: ModelAnswer;
  readonly predictions: Predictions;
}

// ---- Predictions -------------------------------------------------------------------------------------------------

export type PredictionKind = 'binary' | 'classes' | 'label' | 'regression';

/** What a decision reads out of an answer. `scores` holds one number for binary, one per class for classes. */
export interface Prediction {
  readonly kind: PredictionKind;
  readonly label: string;
  readonly scores: readonly number[];
  /** Regression only: the value in the declared unit. */
  readonly value: number | null;
  /** Probability-like distance from doubt: the winning class's score; null when the kind has none. */
  readonly confidence: number | null;
}

/** Predictions by decision name. */
export type Predictions = Readonly<Record<string, Prediction>>;

/** How one decision is read out of an answer: `output` names the tensor, `column` the class column if any. */
export interface Decision {
  readonly name: string;
  readonly output: string;
  readonly column: number | null;
  readonly kind: PredictionKind;
  /** Binary: the label is "true" above this score. */
  readonly threshold: number | null;
  /** Regression: the declared scale. */
  readonly scale: readonly [number, number] | null;
  /** Smallest score change that counts as material (a fraction of the scale for regression; unused for labels). */
  readonly material: number;
}

/** One declared model input; `index` is the column inside the tensor, null when the tensor is the feature. */
export interface InputFeature {
  readonly name: string;
  readonly tensor: string;
  readonly index: number | null;
  readonly type: 'number' | 'integer' | 'string' | 'boolean';
  readonly range: readonly [number, number] | null;
  readonly default: number | string | boolean | null;
  readonly zeroIsLegal: boolean;
}

// ---- Arms and what they make of a request ------------------------------------------------------------------------

export type ArmRole = 'control' | 'candidate' | 'fault';

/** A kind by its name with its options, checked against the kind's own schema when the config was read. */
export interface KindUse {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export type TargetSpec =
  | { readonly type: 'http'; readonly url: string; readonly headers: Headers; readonly version: string | null }
  | { readonly type: 'onnx'; readonly file: string; readonly sha256: string };

export interface Arm {
  readonly name: string;
  readonly role: ArmRole;
  /** Null for a candidate that `run start` names. */
  readonly target: TargetSpec | null;
  readonly perturbations: readonly KindUse[];
  readonly faults: readonly KindUse[];
  readonly deadlineMs: number;
}

export type OutcomeStatus = 'ok' | 'error' | 'timeout' | 'invalid' | 'unavailable';

/** What an arm made of a request. */
export interface Outcome {
  readonly status: OutcomeStatus;
  /** Short and closed: `http_503`, `refused`, `deadline`, `connection_refused`, `undecodable`, … */
  readonly reason: string | null;
  readonly latencyMs: number;
  readonly answer: ModelAnswer | null;
  /** Null when the arm's predictions could not be read. */
  readonly predictions: Predictions | null;
  /** Whether the arm's fault acted on this request; null for an arm without a fault or where it cannot be known. */
  readonly faultActed: boolean | null;
}

/** Production and one arm on the same exchange, with the control's outcome beside it when there is a control. */
export interface Pair {
  readonly exchangeId: string;
  readonly production: { readonly latencyMs: number; readonly predictions: Predictions };
  readonly arm: Outcome;
  readonly control: Outcome | null;
  readonly sloLatencyMs: number;
}

// ---- Evidence ----------------------------------------------------------------------------------------------------

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
  /** Unique in its experiment: `arm.decision.metric` or `arm.metric`, with the relation when it is not bounded. */
  readonly id: string;
  readonly arm: string;
  readonly decision: string | null;
  readonly metric: string;
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

// ---- Experiments and runs ----------------------------------------------------------------------------------------

export interface BlastRadius {
  readonly maxRequestsPerSecond: number;
  readonly maxInFlightPerArm: number;
  readonly maxBodyBytes: number;
  readonly maxBytesPerSecond: number;
  readonly maxRequests: number;
}

/** `production.p99 above 250ms`: measured on production's own exchanges in windows with at least `minCount` of them. */
export interface StopCondition {
  readonly text: string;
  readonly signal: 'production.p99' | 'production.p50' | 'production.errors';
  /** Milliseconds for latencies, a fraction for errors. */
  readonly above: number;
  readonly windowMs: number;
  readonly minCount: number;
  /** Windows in a row that must breach before the run is aborted. */
  readonly windows: number;
}

export interface GatePolicy {
  readonly minPairs: number;
  readonly maxTimeMs: number;
  readonly validForMs: number;
  readonly staleAfterMs: number;
  readonly identity: 'checked' | 'unchecked';
}

export interface Experiment {
  readonly name: string;
  readonly arms: readonly Arm[];
  readonly hypotheses: readonly Hypothesis[];
  readonly blastRadius: BlastRadius;
  readonly stopWhen: readonly StopCondition[];
  /** Null: the experiment answers no release pipeline. */
  readonly gate: GatePolicy | null;
  readonly share: number;
  readonly maxPairs: number | null;
  readonly maxTimeMs: number;
  readonly warmUpRequests: number;
  readonly readyTimeoutMs: number;
  readonly bucketMs: number;
  readonly joinDeadlineMs: number;
  readonly seed: string;
  /** Patterns (`*` within a segment) that a candidate named at run start must match. */
  readonly candidates: readonly string[];
  readonly start: 'with-serve' | 'on-request';
}

export type RunState = 'WARMING' | 'RUNNING' | 'COMPLETED' | 'ABORTED' | 'STOPPED';

/** Who the evidence is about. */
export interface Candidate {
  /** URL or ONNX file as given at start; null when the config named it. */
  readonly target: string | null;
  readonly digest: string | null;
  /** The caller's own reference, e.g. a commit. */
  readonly ref: string | null;
}

export interface Run {
  readonly id: string;
  readonly experiment: string;
  readonly definition: Experiment;
  readonly policyHash: string;
  readonly candidate: Candidate;
  readonly state: RunState;
  readonly startedAt: number;
  /** When the first scored exchange was admitted; null while warming up. */
  readonly scoringSince: number | null;
  readonly endedAt: number | null;
  readonly endReason: string | null;
}

/** Cumulative counts of one hypothesis about one pair of versions, with its latched verdict. */
export interface Stream {
  readonly id: string;
  readonly run: string;
  readonly hypothesis: string;
  /** Hash of what the evidence depends on: metric, tolerance, decision, share, … */
  readonly hypothesisHash: string;
  readonly productionVersion: string;
  readonly armVersion: string;
  /** 1, 2, …: a change of version closes a stream and opens the next. */
  readonly generation: number;
  readonly state: 'OPEN' | 'SUPERSEDED';
  readonly counts: Counts;
  readonly maxLogEUp: number;
  readonly verdict: Verdict;
  /** n at the closed bucket that decided; null while UNDECIDED. */
  readonly decidedAt: number | null;
  readonly lastBucketAt: number | null;
}

// ---- Conservation ------------------------------------------------------------------------------------------------

export type SkipReason =
  | 'share'
  | 'budget'
  | 'duplicate'
  | 'production_failed'
  | 'batch'
  | 'warm_up'
  | 'too_large'
  | 'run_ended';
export type DropReason = 'late' | 'restart' | 'store_failed';

/** received = compared + Σ skipped + Σ dropped + inFlight, per run and arm, at any moment. */
export interface Conservation {
  readonly received: number;
  readonly compared: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  readonly inFlight: number;
}

// ---- Gate and alerts ---------------------------------------------------------------------------------------------

export type GateVerdict =
  | 'PASS'
  | 'FAIL'
  | 'INCONCLUSIVE'
  | 'NO_DATA'
  | 'STALE'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'BIASED'
  | 'ERROR';

export interface GateDecision {
  readonly verdict: GateVerdict;
  readonly exitCode: number;
  readonly reasonCode: string;
  /** Plain sentences, most important first. */
  readonly reasons: readonly string[];
}

export interface Alert {
  /** Same on every repeat of the same cause, so that receivers can deduplicate. */
  readonly key: string;
  readonly status: 'firing' | 'resolved';
  readonly experiment: string;
  readonly run: string;
  readonly arm: string | null;
  readonly hypothesis: string | null;
  readonly summary: string;
  readonly at: number;
}
