// Everything the gate's decision rests on, as plain data: whoever asks must say all of it, and nothing is assumed in its place.
import type { ArmRole, Conservation, GatePolicy, RunState, Verdict } from '../../model.ts';

export interface GateHypothesis {
  readonly id: string;
  readonly arm: string;
  readonly role: ArmRole;
  readonly metric: string;
  readonly required: boolean;
  /** Added by penumbra itself. */
  readonly automatic: boolean;
  readonly verdict: Verdict;
  readonly n: number;
  /** As `explain` says it. */
  readonly sentence: string;
}

export interface GateArm {
  readonly name: string;
  readonly role: ArmRole;
  /** Compared pairs. */
  readonly pairs: number;
  readonly received: number;
  /** Lost by penumbra's own fault, all reasons together. */
  readonly dropped: number;
  /** The same by reason, where it is known: it is said, and decides nothing. */
  readonly droppedBy?: Conservation['dropped'];
  /** Compared pairs with these outcomes; the rest are errors. */
  readonly ok: number;
  readonly unavailable: number;
  readonly timeout: number;
  readonly invalid: number;
}

export interface GateFacts {
  readonly nowMs: number;
  readonly run: { readonly state: RunState; readonly endReason: string | null; readonly endedAt: number | null };
  /** Null when the experiment declares no gate. */
  readonly policy: GatePolicy | null;
  readonly candidate: {
    /** What the caller says it is (a digest); null when nothing was said. */
    readonly given: string | null;
    /** What the evidence is about: the version or digest that the candidate itself stated; null when it stated none. */
    readonly seen: string | null;
  };
  readonly arms: readonly GateArm[];
  readonly hypotheses: readonly GateHypothesis[];
  /** Age of the newest compared pair; null when there is none. */
  readonly newestPairAgeMs: number | null;
  /** The kill switch is engaged. */
  readonly isKilled: boolean;
  /** The caller's own wait elapsed. */
  readonly hasTimedOut: boolean;
  /** What could not be read or made no sense, as sentences; any of them is an ERROR. */
  readonly errors: readonly string[];
  /** Runs about this very candidate under this very policy that failed and were not tried again, as sentences. */
  readonly failedBefore?: readonly string[];
  /** What has changed since the run ended, so that its evidence is about something else than what a pass would speak of. */
  readonly outdated?: readonly { readonly code: string; readonly sentence: string }[];
}
