// What the API needs of the comparator; app.ts provides it.

import type { PenumbraError } from '../errors.ts';
import type { Sample, VerdictChange } from '../io/store-port.ts';
import type { KillState, RawExchange } from '../model.ts';
import type { Received } from '../pipeline/flow.ts';
import type { EffectSizesView, GateView, RunView, WatchesView } from '../pipeline/view-types.ts';

export interface StartRun {
  readonly experiment: string;
  /** URL or ONNX file; only for experiments whose config leaves the candidate open, or allows it by a pattern. */
  readonly candidate?: string;
  readonly digest?: string;
  readonly ref?: string;
}

export interface ExperimentView {
  readonly name: string;
  readonly arms: readonly { readonly name: string; readonly role: string }[];
  readonly hypotheses: readonly string[];
  readonly gate: boolean;
  readonly policyHash: string;
  readonly activeRun: string | null;
  readonly latestRun: string | null;
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

export interface HealthView {
  readonly status: 'ok';
  readonly service: string;
  readonly version: string;
  readonly activeRuns: number;
  readonly undeliveredAlerts: number;
  readonly sources: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly ignored: Readonly<Record<string, number>>;
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
  gate(query: { run: string | null; experiment: string | null; nonce: string | null }): GateView;
  submit(raw: RawExchange): Received;
  /** All in one transaction; an error stands in the place of the outcome it is about. */
  recordOutcomes(outcomes: readonly GivenOutcome[]): readonly (OutcomeReceipt | PenumbraError)[];
  /** Null while the kill switch is not engaged. */
  killed(): KillState | null;
  kill(reason: string): KillState;
  releaseKill(reason: string): void;
  /** What is watched on production itself. */
  watches(): WatchesView;
  metrics(): Promise<{ contentType: string; text: string }>;
  nowMs(): number;
}
