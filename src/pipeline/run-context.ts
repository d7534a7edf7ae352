// What the pipeline holds in memory about one active run: its arms, open buckets, streams and tallies.

import type { Disturbance, Target } from '../io/ports.ts';
import type { ArmTally, PairLabels, PairVersions, Sample, TrueOutcome, VerdictChange } from '../io/store-port.ts';
import type {
  Alert,
  Arm,
  Conservation,
  DropReason,
  Exchange,
  ModelRequest,
  Outcome,
  OutcomeStatus,
  Run,
  SkipReason,
  Stream,
  TransportFault,
} from '../model.ts';
import type { Allowance } from './allowance.ts';
import type { Cut } from './cut.ts';
import type { Disturbances } from './disturb.ts';
import type { Latch } from './latch.ts';
import type { ArmLesson } from './learn.ts';
import type { RunPurse } from './purse.ts';
import type { RampState } from './ramp.ts';
import type { Stops } from './stop.ts';
import type { StrikeTally, Struck } from './strikes.ts';
import type { Treatment } from './treatment.ts';

/** What one arm is sent for one exchange: delays and faults are data here, only dispatch acts on them. */
export interface ShadowPlan {
  readonly request: ModelRequest;
  readonly perturbed: boolean;
  readonly delayMs: number;
  readonly transport: TransportFault | null;
  readonly faultActed: boolean | null;
  /** What acts on this request, in words. */
  readonly applied?: readonly string[];
  /** Of an arm that swaps two versions: whether the other one is asked. */
  readonly toOther?: boolean;
}

export interface ArmContext {
  readonly arm: Arm;
  readonly target: Target;
  readonly plan: (exchange: Exchange, options: { faultsOn: boolean }) => ShadowPlan;
  readonly tally: Tally;
  /** What is done to it apart from its requests; the run begins and ends them. */
  readonly disturbances: readonly Disturbance[];
  /** The version its last answer (or its ready probe) stated; null until one did. */
  version: string | null;
  inFlight: number;
  /** What became of its requests around the strikes on its process; absent before the first. */
  strikes?: StrikeTally;
}

/** Live counters of one arm; `received` is counted on its own so that conservation is a check and not a definition. */
export interface Tally {
  received: number;
  compared: number;
  readonly skipped: Map<SkipReason, number>;
  readonly dropped: Map<DropReason, number>;
  readonly statuses: Map<OutcomeStatus, number>;
  readonly latency: number[];
  readonly productionLatency: number[];
  warmUpOk: number;
  warmUpFailed: number;
  versions: PairVersions | null;
}

/** One admitted exchange waiting for its bucket to close. An outcome is `late` until its arm is asked, then null until it answers. */
export interface Entry {
  /** Whole until every arm has answered, then only what is still needed of it. */
  exchange: Exchange;
  readonly outcomes: (Outcome | 'late' | null)[];
  /** Each arm's version at the time of its outcome. */
  readonly versions: (string | null)[];
  /** What was true of an arm's process when it was asked; absent where none is struck. */
  struck?: (Struck | undefined)[];
  /** What was done to the request an arm was asked; a plan is made once, since some remember what they have seen. */
  treated?: (Treatment | undefined)[];
  readonly committed: readonly Latch[];
}

export interface Bucket {
  readonly at: number;
  readonly entries: Set<Entry>;
  readonly fingerprints: Set<string>;
  offered: number;
}

export interface PendingChanges {
  readonly labels: PairLabels[];
  readonly samples: Sample[];
  readonly verdicts: VerdictChange[];
  readonly alerts: Alert[];
  /** Hypotheses whose open stream is not stored as it stands: an untouched one costs no write. */
  readonly changed: Set<string>;
  /** Streams closed by a change of version. */
  readonly superseded: Stream[];
  readonly committed: Latch[];
}

export function noChanges(): PendingChanges {
  return { labels: [], samples: [], verdicts: [], alerts: [], changed: new Set(), superseded: [], committed: [] };
}

export interface RunContext {
  run: Run;
  readonly arms: readonly ArmContext[];
  /** Position of the control in `arms`; −1 when the experiment has none. */
  readonly control: number;
  /** The open stream of each hypothesis. */
  readonly streams: Map<string, Stream>;
  /** Open streams of the epoch before this one: their late-onset detectors go on. Empty for a finite run. */
  readonly inherited: readonly Stream[];
  /** How many streams each hypothesis has had in this run. */
  readonly generations: Map<string, number>;
  /** What closes have changed and no transaction has stored yet; a failed commit leaves it for the next. */
  pending: PendingChanges;
  /** A transaction failed: what is in memory is ahead of what is stored. */
  isUncommitted: boolean;
  readonly buckets: Map<number, Bucket>;
  /** True outcomes waiting for the bucket they arrived in to close. */
  truths: TrueOutcome[];
  /** Answers of warm-up requests still awaited, and how many were sent. */
  readonly warmUp: { sent: number; waiting: number; armsReady: boolean };
  /** By arm: what is learned by asking it before the run scores. */
  readonly lessons: Map<string, ArmLesson>;
  readonly stops: Stops;
  readonly cut: Cut;
  readonly disturbances: Disturbances;
  closedUntil: number;
  /** Scored exchanges admitted so far, over restarts too. */
  admitted: number;
  readonly allowance: Allowance;
  /** What is paid from besides: the day of the experiment, the cap over all. */
  readonly purses: readonly RunPurse[];
  /** What budgets and ramps go by. */
  readonly paceMs: () => number;
  readonly ramp: RampState;
  /** The share in force; a budget lowers it at bucket edges. */
  shareInForce: number;
  lastBucketAt: number | null;
}

export function createTally(stored: ArmTally | null, latencyBuckets: number): Tally {
  return {
    received: stored?.received ?? 0,
    compared: stored?.compared ?? 0,
    skipped: mapOf(stored?.skipped),
    dropped: mapOf(stored?.dropped),
    statuses: mapOf(stored?.statuses),
    latency: [...(stored?.latency ?? new Array<number>(latencyBuckets).fill(0))],
    productionLatency: [...(stored?.productionLatency ?? new Array<number>(latencyBuckets).fill(0))],
    warmUpOk: stored?.warmUpOk ?? 0,
    warmUpFailed: stored?.warmUpFailed ?? 0,
    versions: stored?.versions ?? null,
  };
}

function mapOf<Key extends string>(record: Readonly<Partial<Record<Key, number>>> | undefined): Map<Key, number> {
  return new Map(Object.entries(record ?? {}) as [Key, number][]);
}

export function increase<Key>(counters: Map<Key, number>, key: Key, by = 1): void {
  counters.set(key, (counters.get(key) ?? 0) + by);
}

/** How many exchanges of this run wait in open buckets for this arm. */
export function inFlightOf(context: RunContext): number {
  let waiting = 0;
  for (const bucket of context.buckets.values()) waiting += bucket.entries.size;
  return waiting;
}

export function conservationOf(context: RunContext, arm: ArmContext): Conservation {
  return {
    received: arm.tally.received,
    compared: arm.tally.compared,
    skipped: Object.fromEntries(arm.tally.skipped),
    dropped: Object.fromEntries(arm.tally.dropped),
    inFlight: inFlightOf(context),
  };
}

/** What is stored: everything but what is still in flight. */
export function storedTally(context: RunContext, arm: ArmContext): ArmTally {
  const { tally } = arm;
  return {
    arm: arm.arm.name,
    received: tally.received - inFlightOf(context),
    compared: tally.compared,
    skipped: Object.fromEntries(tally.skipped),
    dropped: Object.fromEntries(tally.dropped),
    statuses: Object.fromEntries(tally.statuses),
    latency: tally.latency,
    productionLatency: tally.productionLatency,
    warmUpOk: tally.warmUpOk,
    warmUpFailed: tally.warmUpFailed,
    versions: tally.versions,
  };
}

/** received = compared + Σ skipped + Σ dropped + inFlight. */
export function isConserved({ received, compared, skipped, dropped, inFlight }: Conservation): boolean {
  return received === compared + sum(skipped) + sum(dropped) + inFlight;
}

export function sum(counters: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counters).reduce<number>((total, count) => total + (count ?? 0), 0);
}
