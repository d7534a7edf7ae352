// What the pipeline may know of the outside world: types only. Every source, codec, target, sink and store fits one of these.
import type { Sight } from '../core/judge/stop-query.ts';
import type { PenumbraError } from '../errors.ts';
import type {
  AnswerMessage,
  Headers,
  ModelAnswer,
  ModelRequest,
  Notification,
  OutcomeStatus,
  PrometheusStop,
  RawExchange,
  RequestMessage,
  TransportFault,
} from '../model.ts';

/** Wall time for stamps, monotonic time for durations. `after` fires once; the returned function cancels it. */
export interface Clock {
  nowMs(): number;
  monotonicMs(): number;
  after(delayMs: number, run: () => void): () => void;
  /** What budgets go by: time as it passes, which nobody can set. In a replay it is the recording's; monotonic time unless given. */
  paceMs?(): number;
}

/** The pino subset that the pipeline uses. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where exchanges come from. `deliver` never throws and never blocks the source; the source only counts what it refuses. */
export interface Source {
  readonly name: string;
  start(deliver: (exchange: RawExchange) => void): Promise<void>;
  /** Instead of `start`, for a source that is read on where its exchanges were committed last: `stored` says where that is. */
  follow?(receive: (exchange: RawExchange) => Receipt, stored: readonly SourceOffset[]): Promise<void>;
  /** The first record of each partition that is not settled yet. */
  offsets?(): readonly SourceOffset[];
  stop(): Promise<void>;
  /** While paused it takes nothing from whoever feeds it, and they copy nothing; sources that are only asked need neither. */
  pause?(): void;
  resume?(): void;
  /** What the source itself saw and could not hand over, by reason: lost copies, blind connections, malformed messages. */
  losses(): Readonly<Record<string, number>>;
  /** What came by, by what it is, where the source can say: connections, requests, copies. */
  seen?(): Readonly<Record<string, number>>;
  /** Where it is fed over HTTP: the API mounts these paths, and asks for its token there as everywhere. */
  readonly routes?: readonly SourceRoute[];
}

/** How busy the arms are, for sources that can wait. */
export interface Load {
  /** Whether a run takes what comes now; while its arms warm up it passes most of it over. */
  readonly isReady: boolean;
  /** Exchanges that were admitted and are not sent yet. */
  readonly unsent: number;
  /** Requests open at the busiest arm, and how many may be at the one that may have fewest; infinity without a run. */
  readonly asked: number;
  readonly mostAsked: number;
  /** The shortest bucket of a run; infinity without one. */
  readonly bucketMs: number;
  /** What arrived before this was counted, be it before a restart; null without a run that scores. */
  readonly closedUntil: number | null;
}

/** A place in a partition of a topic. */
export interface SourceOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What became of an exchange, for sources whose feeder waits for an answer. Neither promise ever rejects. */
export interface Receipt {
  readonly id: string | null;
  /** Why no run may count it at all; null when runs decide. */
  readonly problem: PenumbraError | null;
  /** By run id; a known id turns out a duplicate only when it is journalled, so ask after that. */
  readonly fates: () => Readonly<Record<string, string>>;
  readonly journalled: Promise<void>;
  readonly committed: Promise<void>;
}

/** One path on which a source is fed. */
export interface SourceRoute {
  readonly path: string;
  /** One line, for the API's description of itself. */
  readonly summary: string;
  /** Media types that it takes, each with its limit and the JSON Schema of its body; others are refused. `*` is any. */
  readonly bodies: Readonly<Record<string, { readonly schema: object; readonly maxBytes: number }>>;
  readonly query?: object;
  readonly answer: { readonly status: number; readonly schema: object };
  /**
   * Takes one POST, its path with the query. `receive` is for exchanges whose fate is told in the answer.
   * @throws PenumbraError, which the API answers in its usual form
   */
  take(message: RequestMessage, receive: (exchange: RawExchange) => Receipt): Promise<RouteAnswer>;
}

/** Written as JSON. */
export interface RouteAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Bytes to nouns and back for one inference protocol. Decoders throw PenumbraError *_UNDECODABLE and nothing else. */
export interface Codec {
  readonly name: string;
  /** Whether this message is an inference call (health checks and metadata are not). */
  isInference(message: RequestMessage): boolean;
  modelOf(message: RequestMessage): string;
  decodeRequest(message: RequestMessage): ModelRequest;
  decodeAnswer(message: AnswerMessage): ModelAnswer;
  encodeRequest(request: ModelRequest, original: RequestMessage): RequestMessage;
  /** How many rows the request holds (its batch size). */
  rowsOf(request: ModelRequest): number;
}

/** A shadow's reply before predictions are read and faults are known. */
export interface TargetReply {
  readonly status: OutcomeStatus;
  readonly reason: string | null;
  readonly latencyMs: number;
  readonly answer: ModelAnswer | null;
}

export interface TargetCall {
  readonly request: ModelRequest;
  /** The original message, sent verbatim when nothing was perturbed. */
  readonly message: RequestMessage;
  readonly perturbed: boolean;
  /** What is done to the bytes on their way; targets without a network know none. */
  readonly transport?: TransportFault | null;
  /** Only for a target of two versions: the other one is asked. */
  readonly toOther?: boolean;
  /** Shadow marks and trace context to add. */
  readonly headers: Headers;
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** One shadow arm's way to answer. `call` resolves with a reply for every failure; it never rejects. No retries, no redirects. */
export interface Target {
  readonly name: string;
  /** True for models run inside this process: their latency is not comparable with a networked arm's. */
  readonly inProcess: boolean;
  /** Resolves with the version when the target can answer, null when it gives none; rejects while it cannot. */
  ready(signal: AbortSignal): Promise<{ version: string | null }>;
  call(call: TargetCall): Promise<TargetReply>;
  close(): Promise<void>;
}

/**
 * What is done to an arm apart from its requests, to its process or to what it depends on, for as long as its run scores.
 */
export interface Disturbance {
  readonly name: string;
  /** Rejects when it cannot be done. */
  begin(): Promise<void>;
  /** Back to the baseline, whatever `begin` has come to. At any time, any number of times; never rejects. */
  end(): Promise<void>;
  /** Why it can no longer be upheld; null while all is well. */
  problem(): string | null;
  /** For kinds that strike at moments: whether a request sent now is hit, and the time since it last struck; null before the first. */
  strike?(): { readonly acts: boolean; readonly sinceMs: number | null };
}

/** Asks for the number of a stop condition that somebody else measures. Resolves for every ending; it never rejects. */
export interface Signals {
  read(condition: PrometheusStop): Promise<Sight>;
  close(): Promise<void>;
}

/** Where alerts go: one message per notification. `deliver` resolves for every answer of the receiver; it never rejects. */
export interface Sink {
  readonly name: string;
  /** Only of a receiver that groups and inhibits by itself and forgets what is not repeated: it gets everything, and again so often. */
  readonly repeatEveryMs?: number;
  deliver(notification: Notification): Promise<{ delivered: boolean; retryable: boolean; detail: string }>;
  close(): Promise<void>;
}
