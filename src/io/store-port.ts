// What the pipeline asks of its store: an admission journal, one transaction per bucket close, and reads for resuming.
import type { Alert, DropReason, OutcomeStatus, Run, Segments, SkipReason, Stream, Verdict } from '../model.ts';
import type { CountsStore } from './counts-store-port.ts';
import type { GateStore } from './gate-store-port.ts';
import type { SourceOffset } from './ports.ts';

export type { GateOverride, HeldDeployment } from './gate-store-port.ts';

/** An exchange about to be dispatched for a run. Warm-up exchanges carry `bucketAt` null: they are never counted. */
export interface Admission {
  readonly runId: string;
  readonly exchangeId: string;
  readonly bucketAt: number | null;
  /** Its source hands it over again after a restart, unless its bucket is committed by then. */
  readonly comesAgain?: boolean;
}

/** Everything counted about one arm of one run, as plain integers. `received` excludes what is still in flight. */
export interface ArmTally {
  readonly arm: string;
  readonly received: number;
  readonly compared: number;
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
  readonly statuses: Readonly<Partial<Record<OutcomeStatus, number>>>;
  /** Log-bucket counts of the arm's ok answers and of production on the same exchanges. */
  readonly latency: readonly number[];
  readonly productionLatency: readonly number[];
  readonly warmUpOk: number;
  readonly warmUpFailed: number;
  /** Of the newest counted pair; null before the first. */
  readonly versions: PairVersions | null;
}

/** Whose answers a pair compared. */
export interface PairVersions {
  readonly productionVersion: string;
  readonly armVersion: string;
}

export interface VerdictChange {
  readonly streamId: string;
  readonly runId: string;
  readonly hypothesis: string;
  readonly at: number;
  readonly from: Verdict | 'SUPERSEDED';
  readonly to: Verdict | 'SUPERSEDED';
  readonly n: number;
  readonly sentence: string;
}

/** Labels by decision, kept until the true outcome arrives or the truth window ends. */
export interface PairLabels {
  readonly runId: string;
  readonly exchangeId: string;
  readonly at: number;
  readonly production: Readonly<Record<string, string>>;
  readonly segments?: Segments;
  readonly arms: Readonly<Record<string, ArmLabels>>;
}

/** An arm's labels, with the stream generation's versions they belong to. */
export interface ArmLabels extends PairVersions {
  readonly labels: Readonly<Record<string, string>>;
}

export interface TrueOutcome {
  readonly exchangeId: string;
  readonly decision: string;
  /** The true label in the decision's own words. */
  readonly label: string;
  readonly arrivedAt: number;
}

/** A redacted divergent pair: declared features and predictions only, never the body. */
export interface Sample {
  readonly runId: string;
  readonly arm: string;
  readonly exchangeId: string;
  readonly at: number;
  readonly what: string;
  readonly features: Readonly<Record<string, unknown>>;
  readonly production: unknown;
  readonly answer: unknown;
  /** What was done to this request on purpose on its way to the arm, in words; absent: nothing, or it was not kept. */
  readonly applied?: readonly string[];
  /** Declared features that the arm was sent otherwise, by name; null: missing. */
  readonly sent?: Readonly<Record<string, unknown>>;
}

/** One bucket close (or run end): written whole or not at all. */
export interface Closing {
  readonly run: Run;
  /** Every bucket that ends at or before this moment is closed and never reopens. */
  readonly closedUntil: number;
  readonly streams: readonly Stream[];
  readonly tallies: readonly ArmTally[];
  readonly verdictChanges: readonly VerdictChange[];
  readonly labels: readonly PairLabels[];
  readonly samples: readonly Sample[];
  readonly alerts: readonly Alert[];
}

export interface OutboxEntry {
  readonly id: number;
  readonly sink: string;
  readonly alert: Alert;
  readonly attempts: number;
  /** It was held back before, because something else explains it. */
  readonly isHeld: boolean;
  /** A later change of the same key waits behind it. */
  readonly isOver: boolean;
}

export interface StoredRun {
  readonly run: Run;
  readonly closedUntil: number;
}

/** What the journal knows of a run: scored exchanges, and those of them that have no committed bucket. */
export interface Journalled {
  readonly scored: number;
  readonly uncommitted: number;
}

/** One watch on production, or what is known of it: the state is the pipeline's own, plain JSON. */
export interface StoredWatch {
  readonly id: string;
  /** What its counts depend on; a watch of another definition begins anew. */
  readonly definition: string;
  readonly state: unknown;
}

/** One close of the watches: written whole or not at all. */
export interface WatchClosing {
  /** Plain JSON: the time up to which buckets are closed, and what all watches share. */
  readonly clock: unknown;
  /** Those that changed. */
  readonly watches: readonly StoredWatch[];
  /** Ids that the config no longer names. */
  readonly forgotten: readonly string[];
  readonly alerts: readonly Alert[];
}

/** How a drill ended; `interrupted`: by a restart of penumbra itself. */
export type DrillResult =
  | 'arrived'
  | 'delivered'
  | 'not_arrived'
  | 'not_delivered'
  | 'not_found'
  | 'no_data'
  | 'aborted'
  | 'interrupted';

/** One check of the alarm itself: a regression that was planted, and how far its alert came. */
export interface Drill {
  /** That of its run, too. */
  readonly id: string;
  /** Null while it goes on. */
  readonly result: DrillResult | null;
  readonly by: 'request' | 'schedule';
  readonly experiment: string;
  readonly arm: string;
  /** What was planted, for people. */
  readonly planted: string;
  readonly withinMs: number;
  readonly maxRequestsPerSecond: number;
  readonly maxRequests: number;
  readonly startedAt: number;
  /** When the first request was changed, and how many were. */
  readonly plantedAt: number | null;
  readonly plantedRequests: number;
  readonly verdict: { readonly at: number; readonly requests: number; readonly sentence: string } | null;
  /** What each sink made of the alert; `at` is null until it took it. */
  readonly deliveries: readonly DrillDelivery[];
  /** Whether somebody looks for the alert where it should arrive, and where and when it was seen. */
  readonly arrival: { readonly isAwaited: boolean; readonly at: number | null; readonly where: string | null };
  readonly endedAt: number | null;
  /** Why it ended so, for people. */
  readonly reason: string | null;
}

export interface DrillDelivery {
  readonly sink: string;
  readonly at: number | null;
  /** The sink's last words. */
  readonly detail: string | null;
  /** It will not be tried again. */
  readonly isRefused: boolean;
}

export interface Store extends GateStore, CountsStore {
  /** Commits (with fsync) and returns the positions of admissions whose id the run already knew. */
  admit(admissions: readonly Admission[]): ReadonlySet<number>;
  /** With `dropsUncommitted`, journalled ids without a committed bucket are marked as dropped in the same transaction. */
  commit(closing: Closing, options?: { readonly dropsUncommitted?: boolean }): void;
  saveRun(run: Run): void;
  /** How far the sources were done with at the last commit, or at `saveSourceOffsets`. */
  sourceOffsets(): readonly SourceOffset[];
  saveSourceOffsets(offsets: readonly SourceOffset[]): void;
  runs(): readonly StoredRun[];
  /** How many runs ended how, since ever. */
  endedRuns(): readonly { readonly experiment: string; readonly state: string; readonly count: number }[];
  run(id: string): StoredRun | null;
  streams(runId: string): readonly Stream[];
  tallies(runId: string): readonly ArmTally[];
  verdictChanges(runId: string): readonly VerdictChange[];
  samples(runId: string, arm: string | null): readonly Sample[];
  journalled(runId: string): Journalled;
  /** Whether a run scores this exchange in a bucket that is not committed yet. */
  isInFlight(exchangeId: string): boolean;
  labelsOf(exchangeId: string): readonly PairLabels[];
  /** Stores the outcome: 'new', 'same' (already known with this label) or 'conflict' (known with another). */
  saveOutcomes(outcomes: readonly TrueOutcome[]): readonly ('new' | 'same' | 'conflict')[];
  outcomesSince(arrivedAt: number): readonly TrueOutcome[];
  commitWatches(closing: WatchClosing): void;
  /** `clock` is null before the first close. */
  watches(): { readonly clock: unknown; readonly watches: readonly StoredWatch[] };
  saveDrill(drill: Drill): void;
  drill(id: string): Drill | null;
  /** The newest first. */
  drills(most: number): readonly Drill[];
  /** How many ended with which result, since ever. */
  drillResults(): Readonly<Partial<Record<DrillResult, number>>>;
  /** The oldest of each key, for every sink. */
  dueAlerts(nowMs: number): readonly OutboxEntry[];
  settleAlerts(ids: readonly number[], next: { delivered: boolean; retryAtMs: number | null; detail: string }): void;
  holdAlerts(ids: readonly number[]): void;
  /** Settles them unsaid, each with the "resolved" that waits right behind it. */
  dropHeldAlerts(ids: readonly number[]): void;
  /** Not counting what is held back. */
  undeliveredAlerts(): number;
  /** What the outbox remembers, by sink and state: waiting, delivered, held_back, given_up. */
  alertCounts(): readonly { readonly sink: string; readonly state: string; readonly count: number }[];
  /** What fires now, whoever has been told. */
  firingAlerts(): readonly Alert[];
  /** Alerts that come with no closing. */
  raiseAlerts(alerts: readonly Alert[]): void;
  /** Deletes what is older, a bounded number of rows per call: call it often, and sooner again when it says that more may be left. */
  prune(olderThan: { admissionsAndLabelsAt: number; samplesAt: number }): boolean;
  close(): void;
}
