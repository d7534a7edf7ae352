// What a comparator is made of and made from: the types between the composition root and the parts beside it.
import type { FastifyBaseLogger } from 'fastify';
import type { Comparator, GithubRule } from '../api/comparator.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import type { Clock, Load, Signals, Sink, Source, Target } from '../io/ports.ts';
import type { SqliteStoreOptions } from '../io/store/sqlite-store.ts';
import type { Store } from '../io/store-port.ts';
import type { Arm, Experiment, Headers, Run, TargetSpec } from '../model.ts';
import type { CloseDeps } from '../pipeline/close-buckets.ts';
import type { Flow } from '../pipeline/flow.ts';
import type { Measure } from '../pipeline/measures.ts';
import type { Runs } from '../pipeline/runs.ts';
import type { Truths } from '../pipeline/truth.ts';
import type { Watches } from '../pipeline/watch/watches.ts';
import type { ChaosRuns } from './chaos-runs.ts';
import type { DependencyControl } from './dependencies/control.ts';
import type { Dependencies } from './dependencies/dependencies.ts';
import type { Drills } from './drill/drills.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { ProductionVersion } from './production-version.ts';
import type { Judge } from './scale/judge.ts';
import type { JudgeOptions } from './scale/open-judge.ts';
import type { Schedule } from './schedule.ts';
import type { Spending } from './spending.ts';

export interface AppOptions {
  readonly config: EffectiveConfig;
  readonly clock: Clock;
  readonly log: FastifyBaseLogger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly sources: readonly Source[];
  /** The fault proxies that stand in front of the config's dependencies; none unless given. */
  readonly dependencies?: readonly DependencyControl[];
  /** How an arm's target is opened; by HTTP or in process unless given. */
  readonly openTarget?: (arm: Arm, target: TargetSpec) => Promise<Target>;
  /** How the store is opened; a SQLite file unless given. */
  readonly openStore?: (options: SqliteStoreOptions) => Store;
  /** Who answers the queries of stop conditions; Prometheus over HTTP unless given. */
  readonly signals?: Signals;
  /** Sees every compared pair. */
  readonly onPair?: CloseDeps['onPair'];
  /** Given: it asks no arm itself and judges what other comparators count. */
  readonly judges?: JudgeOptions;
}

export interface App {
  readonly comparator: Comparator;
  readonly killSwitch: KillSwitch;
  /** For sources that see halves of exchanges: one of penumbra's own calls came back. */
  readonly sawOwnCall: (headers: Headers) => void;
  /** How busy the arms are, for sources that can wait. */
  load(): Load;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The parts of a comparator, joined. */
export interface Parts {
  readonly store: Store;
  readonly runs: Runs;
  /** Checks of the alarm itself. */
  readonly drills: Drills;
  readonly dependencies: Dependencies;
  readonly killSwitch: KillSwitch;
  /** What runs are paid from besides their own rate. */
  readonly spending: Spending;
  /** What is in production, as the traffic says. */
  readonly production: ProductionVersion;
  readonly flow: Flow;
  readonly sawOwnCall: App['sawOwnCall'];
  readonly truths: Truths;
  /** Null: nothing is watched on production. */
  readonly watches: Watches | null;
  readonly closing: CloseDeps;
  readonly sinks: readonly Sink[];
  readonly signals: Signals;
  readonly deliverAlerts: () => Promise<void>;
  /** Epochs that ended and have no successor yet. */
  readonly endedEpochs: Run[];
  /** The chaos suite on live traffic. */
  readonly chaos: ChaosRuns;
  /** Of what other comparators count; null: this one counts itself. */
  readonly judge: Judge | null;
  /** What starts by itself, by its experiment; filled when the comparator starts. */
  readonly schedules: Map<string, Schedule>;
  readonly measuresOf: (experiment: Experiment) => readonly Measure[];
  readonly policyHashOf: (experiment: Experiment) => string;
  /** What GitHub's deployments wait for; null: nobody asks. Set once the gate is there to be asked. */
  readonly openGithub: (gate: Comparator['gate']) => GithubRule | null;
}
