// Arms, and what they make of a request.
import type { Headers } from './exchange.ts';
import type { ModelAnswer, ModelRequest } from './inference.ts';
import type { Predictions } from './prediction.ts';
import type { Segments } from './segment.ts';

export type ArmRole = 'control' | 'candidate' | 'fault';

/** A kind by its name with its options, checked against the kind's own schema when the config was read. */
export interface KindUse {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export type TargetSpec =
  | HttpTargetSpec
  | { readonly type: 'onnx'; readonly file: string; readonly sha256: string }
  | CommandTargetSpec;

export interface HttpTargetSpec {
  readonly type: 'http';
  readonly url: string;
  readonly headers: Headers;
  readonly version: string | null;
  /** Headers of the original request that reach this shadow besides those that every shadow gets; none unless given. */
  readonly forward?: readonly string[];
}

/** A pod that penumbra starts itself. `{port}` in command, env and url stands for a free port that penumbra chooses. */
export interface CommandTargetSpec {
  readonly type: 'command';
  /** The program and its arguments; no shell. */
  readonly command: readonly string[];
  readonly url: string;
  /** The path that answers 2xx when it is ready; null: the protocol's own. */
  readonly ready: string | null;
  /** Added to a small environment of its own; secrets as references. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly version: string | null;
}

/** Commands that do a process fault to a pod which penumbra did not start; each is a program with its arguments, no shell. */
export type PodHooks = Readonly<Partial<Record<'kill' | 'start' | 'pause' | 'resume', readonly string[]>>>;

export interface Arm {
  readonly name: string;
  readonly role: ArmRole;
  /** Null for a candidate that `run start` names. */
  readonly target: TargetSpec | null;
  readonly perturbations: readonly KindUse[];
  readonly faults: readonly KindUse[];
  readonly deadlineMs: number;
  /** Absent: nothing is done to its process, or penumbra started it. */
  readonly hooks?: PodHooks;
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
  /** Of a batch: every row's; null for a row that has none. `predictions` are then the first row's. */
  readonly rows?: readonly (Predictions | null)[];
  /** Whether the arm's fault acted on this request; null for an arm without a fault or where it cannot be known. */
  readonly faultActed: boolean | null;
  /** What was done to this request on purpose, in words; absent or empty: nothing, as far as is known. */
  readonly applied?: readonly string[];
  /** The request as the arm was sent it, where that is another one than production's. */
  readonly sent?: ModelRequest;
  /** Since the arm's process was last struck by a fault, when the request was sent; null or absent before, and for other arms. */
  readonly sinceStrikeMs?: number | null;
  /** How many calls its dependencies saw for this request; null or absent where nobody counts, or the pod forwards no id. */
  readonly dependencyCalls?: number | null;
}

/** Production and one arm on the same exchange, with the control's outcome beside it when there is a control. */
export interface Pair {
  readonly exchangeId: string;
  readonly production: { readonly latencyMs: number; readonly predictions: Predictions };
  readonly arm: Outcome;
  readonly control: Outcome | null;
  readonly sloLatencyMs: number;
  /** The same arm on the request before, in arrival order within the bucket; null or absent for its first. */
  readonly previous?: PreviousPair | null;
  readonly segments?: Segments;
  /** Of a batch: the pair of every row. */
  readonly rows?: readonly Pair[];
}

/** What `collapse` looks back at: different requests, and whether they were still answered differently. */
export interface PreviousPair {
  readonly production: Predictions;
  readonly arm: Predictions | null;
  readonly control: Predictions | null;
}
