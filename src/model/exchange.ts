// One production request with its answer: as bytes when a source hands it over, and decoded.
import type { ModelAnswer, ModelRequest } from './inference.ts';
import type { Predictions } from './prediction.ts';
import type { Segments } from './segment.ts';

/** Header names are lower case; repeated headers are joined with ", ". */
export type Headers = Readonly<Record<string, string>>;

export interface RequestMessage {
  readonly method: string;
  /** Path and query, origin form. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export interface AnswerMessage {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** One production request with its answer, still as bytes. Bodies are de-chunked, not decompressed. */
export interface RawExchange {
  /** The source's own id (for the tap: epoch, connection, sequence), used when the request carries none. */
  readonly sourceId: string;
  /** An id that whoever handed the exchange over gave it on purpose; it wins over what the request carries. */
  readonly givenId?: string;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly request: RequestMessage;
  readonly answer: AnswerMessage;
  /** Its source hands it over again after a restart, unless it was counted by then. */
  readonly comesAgain?: boolean;
}

/** One production request with its answer, decoded. */
export interface Exchange {
  readonly id: string;
  readonly model: string;
  readonly protocol: string;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly request: ModelRequest;
  readonly requestMessage: RequestMessage;
  readonly answer: ModelAnswer;
  readonly predictions: Predictions;
  /** Of a batch: every row's; `predictions` are then the first row's. */
  readonly rows?: readonly Predictions[];
  /** Its segments, where the config divides requests. */
  readonly segments?: Segments;
  /** Its source hands it over again after a restart, unless it was counted by then. */
  readonly comesAgain?: boolean;
}
