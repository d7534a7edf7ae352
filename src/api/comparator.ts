// What the API needs of the comparator; app.ts provides it.

import type { Card } from '../chaos/card.ts';
import type { PenumbraError } from '../errors.ts';
import type { Drill, GateOverride, Sample, VerdictChange } from '../io/store-port.ts';
import type { KillState, RawExchange } from '../model.ts';
import type { Received } from '../pipeline/flow.ts';
import type { EffectSizesView, GateView, RunView, WatchesView } from '../pipeline/view-types.ts';

export interface StartRun {
  readonly experiment: string;
  /** URL or ONNX file; only for experiments whose config leaves the candidate open, or allows it by a pattern. */
  readonly candidate?: string;
  readonly digest?: string;
  readonly ref?: string;
  /** Stop the experiment's active run, if it has one, once this one can no longer fail to start. */
  readonly replace?: boolean;
}

export interface OverrideGate {
  readonly run: string;
  readonly by: string;
  readonly reason: string;
  readonly ticket: string;
  readonly forMs: number;
}

export interface GithubDelivery {
  /** Of `x-github-event`. */
  readonly event: string;
  /** Of `x-hub-signature-256`. */
  readonly signature: string;
  readonly body: Uint8Array;
}

/** Answers GitHub's question before a deployment. Throws UNAUTHORIZED, REQUEST_INVALID. */
export interface GithubRule {
  /** What became of the delivery, in one line. */
  take(delivery: GithubDelivery): string;
  /** Goes on with what was held before a restart. */
  start(): void;
  stop(): void;
}

export interface ExperimentView {
  readonly name: string;
  readonly arms: readonly { readonly name: string; readonly role: string }[];
  readonly hypotheses: readonly string[];
  readonly gate: boolean;
  readonly policyHash: string;
  readonly activeRun: string | null;
  readonly latestRun: string | null;
  /** Of an experiment that starts by itself. */
  readonly schedule?: ScheduleView;
}

export interface ScheduleView {
  readonly at: string;
  readonly zone: string;
  /** Epoch milliseconds; null when the comparator stops. */
  readonly nextAt: number | null;
  readonly started: number;
  readonly overlapped: number;
  readonly missed: number;
  readonly failed: number;
}

export interface GivenOutcome {
  readonly id: string;
  readonly decision: string | null;
  readonly value: unknown;
}

export interface OutcomeReceipt {
  readonly id: string;
  /** counted: joined to its pair; pending: the pair is still in flight; duplicate: known already, counted once. */
  readonly status: 'counted' | 'pending' | 'duplicate';
}

/** A drill with how long each part of its alert's way took. */
export interface DrillView extends Drill {
  readonly detectionMs: number | null;
  readonly deliveryMs: number | null;
  readonly arrivalMs: number | null;
  readonly isSuccess: boolean;
  readonly sentence: string;
}

export interface HealthView {
  readonly status: 'ok';
  readonly service: string;
  readonly version: string;
  readonly activeRuns: number;
  readonly undeliveredAlerts: number;
  readonly sources: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly seen: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly ignored: Readonly<Record<string, number>>;
}

/** A chaos suite on live traffic. */
export interface ChaosView {
  readonly id: string;
  /** ABORTED: a run ended before its time; what was not reached is undecided. */
  readonly state: 'RUNNING' | 'COMPLETED' | 'ABORTED';
  readonly startedBy: 'api' | 'schedule';
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly endReason: string | null;
  readonly cells: { readonly done: number; readonly of: number };
  readonly running: { readonly experiment: string; readonly run: string } | null;
  /** As far as it is known; null before the first run has begun. */
  readonly card: Card | null;
}

export interface Comparator {
  health(): HealthView;
  experiments(): readonly ExperimentView[];
  startRun(start: StartRun): Promise<RunView>;
  stopRun(id: string, reason: string): RunView;
  runs(): readonly RunView[];
  run(id: string): RunView;
  verdictChanges(id: string): readonly VerdictChange[];
  samples(id: string, arm: string | null): readonly Sample[];
  /** PSI and its kin of every arm's scores against production's, as far as they are counted. */
  effectSizes(id: string): readonly EffectSizesView[];
  /** Another run about the same candidate, which says in its answers which run it tries again. */
  retryRun(id: string, reason: string): Promise<RunView>;
  /** Recorded before it returns; changes no verdict. */
  overrideGate(wanted: OverrideGate): GateOverride;
  /** Null: the config has no `pipelines.github`. */
  readonly github: GithubRule | null;
  gate(query: { run: string | null; experiment: string | null; nonce: string | null }): GateView;
  startDrill(options: { readonly awaitsArrival: boolean }): Promise<DrillView>;
  drills(): readonly DrillView[];
  drill(id: string): DrillView;
  drillArrived(id: string, where: string): DrillView;
  submit(raw: RawExchange): Received;
  /** All in one transaction; an error stands in the place of the outcome it is about. */
  recordOutcomes(outcomes: readonly GivenOutcome[]): readonly (OutcomeReceipt | PenumbraError)[];
  /** Null while the kill switch is not engaged. */
  killed(): KillState | null;
  kill(reason: string): KillState;
  releaseKill(reason: string): void;
  /** What is watched on production itself. */
  watches(): WatchesView;
  /** `suite`: the hash of the suite that is meant; another one is refused. */
  startChaos(options: { readonly suite?: string }): Promise<ChaosView>;
  /** The latest without an id; only that one is kept. */
  chaos(id: string | null): ChaosView;
  stopChaos(id: string, reason: string): ChaosView;
  metrics(): Promise<{ contentType: string; text: string }>;
  nowMs(): number;
}
