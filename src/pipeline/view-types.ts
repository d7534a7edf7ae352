// What people and pipelines are shown about a run: plain data, built from its streams and tallies.
import type { Divergence } from '../core/stats/divergence.ts';
import type { GateOverride } from '../io/store-port.ts';
import type {
  ArmRole,
  Candidate,
  Conservation,
  LearnedOptions,
  Notify,
  OutcomeStatus,
  Relation,
  Retried,
  RunState,
  Verdict,
} from '../model.ts';

import type { BudgetView } from './view-budget.ts';

export type { WatchesView, WatchView } from './watch/view.ts';

/** One segment of a hypothesis that is judged in each. */
export interface SegmentView {
  readonly segment: string;
  /** VIOLATED: flagged among all segments at a bounded false discovery rate. */
  readonly verdict: Verdict;
  readonly n: number;
  readonly estimate: number | null;
  readonly interval: readonly [number, number] | null;
  readonly logEUp: number;
  readonly logEDown: number;
}

export interface HypothesisView {
  readonly id: string;
  readonly decision: string | null;
  readonly metric: string;
  /** Null: all requests are judged together. */
  readonly segmentation: string | null;
  readonly relation: Relation;
  readonly against: 'limit' | 'control';
  readonly tolerance: number;
  readonly required: boolean;
  readonly automatic: boolean;
  /** Who hears of it. */
  readonly notify: Notify;
  readonly verdict: Verdict;
  readonly n: number;
  readonly decidedAt: number | null;
  readonly estimate: number | null;
  readonly interval: readonly [number, number] | null;
  readonly stillNeeded: number | null;
  readonly sentence: string;
  /** Details for those who want them: log e-values and what they must reach. */
  readonly logEUp: number;
  readonly logEDown: number;
  readonly logEUpNeeded: number;
  readonly logEDownNeeded: number;
  readonly productionVersion: string | null;
  readonly armVersion: string | null;
  readonly generation: number;
  /** Empty where all requests are judged together. */
  readonly segments: readonly SegmentView[];
  /** Where the arm was asked before it was judged: what it is judged by. */
  readonly learned?: LearnedOptions;
  /** Of a claim made of several tests: the one that speaks loudest. */
  readonly loudest?: string;
}

/** What became of an arm whose process is struck, in this run since the comparator started. */
export interface StrikesView {
  readonly count: number;
  /** Strikes after which a correct answer was seen. */
  readonly recovered: number;
  /** From a strike to the first correct answer to a request that was sent after it; null before the first. */
  readonly firstCorrectMs: { readonly median: number; readonly max: number } | null;
  /** Requests that were hit: sent while a strike acted, or under way when it fell. */
  readonly hit: number;
  /** Of these: without an answer that could be used, with a materially other one, with one later than the latency SLO. */
  readonly lost: number;
  readonly wrong: number;
  readonly slow: number;
}

export interface ArmView {
  readonly name: string;
  readonly role: ArmRole;
  readonly version: string | null;
  readonly conservation: Conservation;
  readonly statuses: Readonly<Partial<Record<OutcomeStatus, number>>>;
  /** Share of the outcome `error` among compared requests, after warm-up; null before the first. */
  readonly errorRate: number | null;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly productionP50Ms: number | null;
  readonly productionP99Ms: number | null;
  readonly warmUp: { readonly ok: number; readonly failed: number };
  readonly hypotheses: readonly HypothesisView[];
  /** Absent where the process is not struck, and for a run that ended before the comparator started. */
  readonly strikes?: StrikesView;
}

export interface RunView {
  readonly id: string;
  readonly experiment: string;
  readonly state: RunState;
  readonly candidate: Candidate;
  readonly policyHash: string;
  readonly startedAt: number;
  readonly scoringSince: number | null;
  readonly endedAt: number | null;
  readonly endReason: string | null;
  readonly arms: readonly ArmView[];
  readonly conservation: Conservation;
  /** Streams closed because a version changed. */
  readonly supersededStreams: number;
  readonly budget: BudgetView;
  /** Things a person should know before trusting the run. */
  readonly notes: readonly string[];
  /** Of some arm penumbra lost more than a gate bears: it answers BIASED. */
  readonly losesTooMuch?: boolean;
  /** The run that this one tries again; absent: none. */
  readonly retries?: Retried;
  /** Every override of its gate, oldest first; absent: none. */
  readonly overrides?: readonly GateOverride[];
}

/** One arm's scores of one decision beside production's. */
export interface EffectSizesView {
  readonly arm: string;
  readonly decision: string;
  readonly sizes: readonly Divergence[];
  /** Shares of the scores in bins that meet at the cuts; null before the first pair. */
  readonly distribution: {
    readonly cuts: readonly number[];
    readonly bins: readonly { readonly production: number; readonly arm: number }[];
  } | null;
}

export interface GateView {
  readonly run: string;
  readonly experiment: string;
  readonly verdict: string;
  readonly exitCode: number;
  readonly reasonCode: string;
  readonly reasons: readonly string[];
  readonly candidate: Candidate & { readonly version: string | null };
  readonly productionVersion: string | null;
  readonly policyHash: string;
  readonly pairs: number;
  readonly dropRate: number;
  readonly dataAgeMs: number | null;
  readonly decidedAt: number;
  readonly expiresAt: number | null;
  readonly nonce: string | null;
  /** False while the run may still change the answer. */
  readonly final: boolean;
  readonly hypotheses: readonly HypothesisView[];
  /** As the newest traffic says; null: nobody has said since the comparator started. */
  readonly productionVersionNow: string | null;
  /** The run that this one tries again; null: none. */
  readonly retries: Retried | null;
  /** A person's act that is in force now; it changes no verdict. */
  readonly override: GateOverride | null;
  /** What the answer rests on. */
  readonly basis: GateBasis;
  /** Things to know that change no verdict. */
  readonly notes: readonly string[];
  readonly serviceVersion: string;
}

export type GateBasis =
  | { readonly type: 'live' }
  /** Times are the recording's own, epoch milliseconds. */
  | {
      readonly type: 'recording';
      readonly file: string;
      readonly from: number | null;
      readonly to: number | null;
      readonly exchanges: number;
    };
