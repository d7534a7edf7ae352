// The effective config: what penumbra really runs with, every default filled in, plain readonly data without secrets.
// Secrets stay references (`${env:NAME}`, `${file:/path}`) until the moment they are sent; see secrets.ts.

import type { DeclaredInput } from '../core/perturb/index.ts';
import type { WatchSetting } from '../core/watch/claim.ts';
import type { Decision, DegradedMark, Experiment, Headers, Segmentation } from '../model.ts';
import type { ServiceBlastRadius } from './budget.ts';
import type { ChaosConfig } from './chaos-config.ts';
import type { DrillConfig } from './drill-config.ts';
import type { KafkaSinkConfig, KafkaSourceConfig } from './kafka.ts';
import type { ScaleConfig } from './scale.ts';

export interface EffectiveConfig {
  readonly service: string;
  readonly production: Production;
  readonly inputs: readonly DeclaredInput[];
  readonly decisions: readonly Decision[];
  readonly segments: readonly Segmentation[];
  readonly source: SourceConfig;
  /** Behind the shadow pods; absent without any. */
  readonly dependencies?: readonly DependencyConfig[];
  readonly experiments: readonly Experiment[];
  /** Over all experiments together; absent: no cap but their own. */
  readonly blastRadius?: ServiceBlastRadius;
  /** The suite of `penumbra chaos`, when there is one. */
  readonly chaos?: ChaosConfig;
  /** What is watched on production itself, when anything is. */
  readonly watch?: WatchSetting;
  readonly alerts: readonly SinkConfig[];
  /** How the alarm itself is checked; absent: with every default, when somebody asks for it. */
  readonly drill?: DrillConfig;
  readonly api: ApiConfig;
  /** Release pipelines that ask by webhook; absent: none. */
  readonly pipelines?: Pipelines;
  readonly store: { readonly path: string };
  /** Many comparators on a Kafka topic; absent: one process does everything. */
  readonly scale?: ScaleConfig;
  /** How long a pair waits for its true outcome. */
  readonly truthWindowMs: number;
  readonly idFrom: IdFrom;
  readonly samples: SamplesConfig;
  readonly seed: string;
  /** Error rate of each HOLDS, and of everything VIOLATED in a run together. */
  readonly alpha: number;
  readonly configHash: string;
}

export interface Production {
  readonly url: string;
  /** A codec's name. */
  readonly protocol: string;
  readonly sloLatencyMs: number;
  /** Declared, for services whose answers carry no version; null: read from the answers. */
  readonly version: string | null;
  /** How the service marks an honest fallback; null: only as the protocol itself does. */
  readonly degradedWhen: DegradedMark | null;
  /** How messages are read; of protocol json alone. */
  readonly json?: JsonProtocol;
}

/** JSON Pointers (RFC 6901) are null where nothing is stated. */
export interface JsonProtocol {
  /** "POST /score": * stands for one segment of the path, ** for anything. */
  readonly calls: readonly string[];
  readonly model: string;
  /** Of an answer. */
  readonly version: string | null;
  /** Of a request. */
  readonly id: string | null;
}

export interface SourceConfig {
  readonly tap: TapConfig | null;
  /** Whether POST /v1/exchanges is a source. */
  readonly http: boolean;
  /** Events of a logger; absent: no source. */
  readonly cloudevents?: CloudEventsConfig;
  /** Requests that a proxy mirrors; absent: no source. */
  readonly mirror?: MirrorConfig;
  /** A recording, read instead of live traffic; absent: no source. */
  readonly file?: FileConfig;
  /** A topic of exchanges, or of a logger's events; absent: no source. */
  readonly kafka?: KafkaSourceConfig;
  /** Only with sources that bring requests and answers apart. */
  readonly join?: JoinConfig;
}

export interface FileConfig {
  readonly path: string;
  /** Null: by how it begins. */
  readonly format: 'goreplay' | 'jsonl' | null;
  /** Recorded seconds per second; null: as fast as the arms answer. */
  readonly speed: number | null;
}

export interface CloudEventsConfig extends EventsConfig {
  /** Null: a path of the API. */
  readonly listen: string | null;
}

/** Which events of a logger are production's, and what they do not tell. */
export interface EventsConfig {
  /** Of events that are production's; null: any service, and every endpoint but canary. */
  readonly service: string | null;
  readonly endpoint: string | null;
  readonly component: string;
  /** Of the calls; {model} stands for the inferenceservicename. */
  readonly path: string;
  /** Else by `join.by`. */
  readonly isPairedByEvent: boolean;
}

export interface MirrorConfig {
  readonly listen: string;
  /** Taken off the paths of mirrored requests; without a trailing slash. */
  readonly prefix: string | null;
  readonly maxBodyBytes: number;
  /** Whose answer is taken for production's; null: answers are joined. */
  readonly control: MirrorControl | null;
}

export interface MirrorControl {
  readonly url: string;
  readonly maxRequestsPerSecond: number;
  readonly maxInFlight: number;
  readonly deadlineMs: number;
}

export interface JoinConfig {
  readonly by: JoinBy;
  readonly withinMs: number;
  readonly maxBytes: number;
  readonly unanswered: 'lost' | 'failed';
}

/** What a request and its answer share: a header, the trace id of `traceparent`, or a member of both bodies. */
export type JoinBy =
  | { readonly from: 'header'; readonly name: string }
  | { readonly from: 'trace' }
  | { readonly from: 'body'; readonly pointer: string };

export interface TapConfig {
  /** Where serve starts the tap; null: the tap is a process that somebody else starts, with the same `link`. */
  readonly listen: string | null;
  /** host:port of production.url. */
  readonly upstream: string;
  readonly share: number;
  /** Paths and methods that are copied; empty: all. */
  readonly routes: readonly string[];
  readonly methods: readonly string[];
  /** Unix socket from tap to comparator; null: chosen at start. */
  readonly link: string | null;
  /** Most bytes held on behalf of copying. */
  readonly maxCopyBytes: number;
  /** Longest body of a message that is copied. */
  readonly maxBodyBytes: number;
}

/** `headers` may hold references, and Slack's address is one: they become values when an alert is sent. */
export type SinkConfig =
  | { readonly sink: 'alertmanager' | 'webhook'; readonly url: string; readonly headers: Headers }
  | { readonly sink: 'slack'; readonly from: SecretFrom }
  | { readonly sink: 'kafka'; readonly kafka: KafkaSinkConfig };

/** Each may do what the one before it may, and more. */
export type ScopedSecrets = Readonly<Partial<Record<'read' | 'operate' | 'approve', SecretFrom>>>;

export interface ApiConfig {
  readonly listen: string;
  /** Where the bearer token comes from; null: none, which only a loopback address may have. */
  readonly tokenFrom: SecretFrom | null;
  /** Instead of it a token for each scope. */
  readonly tokensFrom?: ScopedSecrets;
  /** How people reach the API from elsewhere, for links in alerts. */
  readonly publicUrl: string | null;
}

export interface Pipelines {
  readonly github: GithubPipeline;
}

/** GitHub's deployment protection rule. */
export interface GithubPipeline {
  readonly secretFrom: SecretFrom;
  /** Null: `app` gets its own tokens. */
  readonly tokenFrom: SecretFrom | null;
  readonly app?: GithubApp;
  /** Without a trailing slash. */
  readonly api: string;
  /** For every environment; null: `environments` says it for each. */
  readonly experiment: string | null;
  readonly environments: Readonly<Record<string, string>>;
  /** Whether the run must have been started for the commit that is deployed. */
  readonly commit: 'checked' | 'unchecked';
  readonly waitMs: number;
}

/** A GitHub App that signs with its private key. */
export interface GithubApp {
  /** Client id or app id. */
  readonly id: string;
  readonly keyFrom: SecretFrom;
  /** Null: the one that each webhook names. */
  readonly installation: number | null;
}

export type SecretFrom =
  | { readonly from: 'env'; readonly name: string }
  | { readonly from: 'file'; readonly path: string };

/** Where an exchange's id is read from; header names are lower case. Requests without one get the source's own id. */
export type IdFrom =
  | { readonly from: 'header'; readonly name: string }
  | { readonly from: 'body'; readonly name: string };

/** What stands behind the shadow pods, and the fault proxy in front of it. Addresses are host:port. */
export interface DependencyConfig {
  readonly name: string;
  readonly protocol: 'http' | 'tcp';
  readonly listen: string;
  readonly upstream: string;
  readonly standby: string | null;
  /** Its own promise, apart from the model's; null: none was said. */
  readonly slo: { readonly latencyMs: number | null; readonly errors: number | null };
  readonly caps: { readonly requestsPerSecond: number; readonly connections: number; readonly inFlight: number };
  /** As its owner says; absent: unknown. */
  readonly callsPerRequest?: number;
  /** Null: serve chooses a free port of this machine. */
  readonly control: string | null;
  readonly runs: 'with serve' | 'elsewhere';
  readonly tokenFrom: SecretFrom | null;
  readonly probe: string | null;
  readonly key: string;
  readonly seed: string;
  readonly rememberBytes: number;
}

export interface SamplesConfig {
  readonly maxPerRun: number;
  readonly features: 'declared' | 'none';
  readonly keepForMs: number;
}
