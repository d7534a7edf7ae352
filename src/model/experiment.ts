// Experiments and their runs: what is tried, how much it may cost, what stops it.
import type { Arm } from './arm.ts';
import type { Counts, Hypothesis, LateOnsetState, RowsPolicy, Verdict } from './evidence.ts';
import type { Headers } from './exchange.ts';
import type { SegmentState } from './segment.ts';

export interface BlastRadius {
  readonly maxRequestsPerSecond: number;
  readonly maxInFlightPerArm: number;
  readonly maxBodyBytes: number;
  readonly maxBytesPerSecond: number;
  readonly maxRequests: number;
  /** In any 24 hours from the first one on, over all runs of the experiment; null or absent: without a limit. */
  readonly maxRequestsPerDay?: number | null;
  readonly maxBytesPerDay?: number | null;
}

/** A share that rises step by step; the last step is the experiment's share. */
export interface Ramp {
  readonly shares: readonly number[];
  /** How long each step must be without a worry before the next. */
  readonly holdMs: number;
}

/** A time of the week at which copies may be sent. */
export interface AllowedTime {
  readonly text: string;
  readonly days: readonly number[];
  readonly fromMinute: number;
  readonly toMinute: number;
  readonly zone: string;
}

export type StopCondition = ProductionStop | PrometheusStop;

/** `production.p99 above 250ms`: measured on production's own exchanges, a window at a time. */
export interface ProductionStop {
  readonly text: string;
  readonly signal: 'production.p99' | 'production.p50' | 'production.errors';
  /** Milliseconds for latencies, a fraction for errors. */
  readonly above: number;
  readonly windowMs: number;
  /** Windows are joined until they hold this many exchanges. */
  readonly minCount: number;
  /** Windows in a row that must be over, besides the proof that production is over its limit. */
  readonly windows: number;
}

/** What somebody else measures: one number that Prometheus computes, asked for on a timer. */
export interface PrometheusStop {
  readonly text: string;
  readonly signal: 'prometheus';
  /** Of the server, without /api. */
  readonly url: string;
  /** May hold references to secrets. */
  readonly headers: Headers;
  readonly query: string;
  readonly side: 'above' | 'below';
  readonly limit: number;
  readonly everyMs: number;
  /** Answers in a row that must be over the limit. */
  readonly times: number;
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
  /** Whose answers arms are compared with; production's unless given. */
  readonly comparedWith?: 'control';
  readonly arms: readonly Arm[];
  readonly hypotheses: readonly Hypothesis[];
  readonly blastRadius: BlastRadius;
  readonly stopWhen: readonly StopCondition[];
  /** Null: the experiment answers no release pipeline. */
  readonly gate: GatePolicy | null;
  readonly rows: RowsPolicy;
  readonly share: number;
  /** Absent: the share is in force from the start. */
  readonly ramp?: Ramp;
  /** Absent: always. A run ends where one ends. */
  readonly allowedTimes?: readonly AllowedTime[];
  readonly maxPairs: number | null;
  readonly maxTimeMs: number;
  /** Continuous: a chain of runs of this length, watched for late onset; null for one finite run. */
  readonly epochMs: number | null;
  readonly warmUpRequests: number;
  readonly readyTimeoutMs: number;
  readonly bucketMs: number;
  readonly joinDeadlineMs: number;
  readonly seed: string;
  /** Patterns (`*` within a segment) that a candidate named at run start must match. */
  readonly candidates: readonly string[];
  readonly start: 'with-serve' | 'on-request' | 'on-schedule';
  /** Of `start: on-schedule`: when. A run then ends at `maxTimeMs`. */
  readonly schedule?: CronTimes;
  /** False: it may run beside another experiment with a fault arm; absent: only if that one says so. */
  readonly alone?: boolean;
}

/** A cron line of five fields, and the zone whose clocks it goes by. */
export interface CronTimes {
  readonly at: string;
  readonly zone: string;
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
  /** Absent: it is no retry. */
  readonly retries?: Retried;
}

/** The run that another one tries again, as it stood then. */
export interface Retried {
  readonly run: string;
  /** What the gate said of it. */
  readonly verdict: string;
  readonly said: string | null;
  /** Why it is tried again. */
  readonly reason: string;
  readonly at: number;
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
  /** Null where no late onset is watched for. */
  readonly lateOnset: LateOnsetState | null;
  /** In the order in which they appeared; empty where all requests are judged together. `counts` are those of all segments. */
  readonly segments: readonly SegmentState[];
}
