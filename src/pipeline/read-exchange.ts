// First step: bytes to an exchange. Says what is not ours to judge (shadows, other calls) and what is not comparable.
import { predictAll } from '../core/decide/index.ts';
import { predictRows } from '../core/decide/rows.ts';
import { isOwnCall } from '../core/own-calls.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Codec } from '../io/ports.ts';
import type { Decision, Exchange, ModelAnswer, ModelRequest, RawExchange, RequestMessage, Segments } from '../model.ts';

export type IgnoreReason = 'shadow' | 'not_inference' | 'from_the_future';

export type ReadExchange =
  /** Not counted in any run: not an inference call, or penumbra's own copy coming back. */
  | { readonly type: 'ignored'; readonly reason: IgnoreReason; readonly problem: PenumbraError }
  /** Production failed or cannot be understood: skipped{production_failed}. */
  | {
      readonly type: 'not-comparable';
      readonly id: string;
      readonly arrivedAt: number;
      readonly latencyMs: number;
      /** Whether production itself answered with a failure. */
      readonly failed: boolean;
      /** Production answered well, but not in words this codec or these decisions know. */
      readonly problem: PenumbraError | null;
    }
  | { readonly type: 'comparable'; readonly exchange: Exchange; readonly rows: number };

export interface ReadExchangeOptions {
  readonly codec: Codec;
  readonly decisions: readonly Decision[];
  /** Whether any experiment judges batches; else their answers are not read. */
  readonly readsBatches: boolean;
  readonly sloLatencyMs: number;
  readonly declaredVersion: string | null;
  /** Request header that carries the id, in lower case; the body's id comes next, the source's own last. */
  readonly idHeader: string | null;
  /** Null: requests are not divided. */
  readonly findSegments: ((asked: { message: RequestMessage; request: ModelRequest }) => Segments) | null;
  readonly nowMs: () => number;
}

const maxFutureMs = 30_000;

export function createReadExchange(options: ReadExchangeOptions): (raw: RawExchange) => ReadExchange {
  const { codec, sloLatencyMs, idHeader, findSegments } = options;
  return (raw) => {
    const ignored = ignoreReason(raw, options);
    if (ignored !== null) return { type: 'ignored', ...ignored };
    // Whole milliseconds, as everything is counted and stored; some clients send fractions.
    const arrivedAt = Math.floor(raw.arrivedAt);
    const { latencyMs } = raw;
    const named = raw.givenId ?? (idHeader === null ? undefined : raw.request.headers[idHeader]);
    const refuse = (id: string, failed: boolean, problem: PenumbraError | null = null): ReadExchange => {
      return { type: 'not-comparable', id, arrivedAt, latencyMs, failed, problem };
    };
    if (raw.answer.status < 200 || raw.answer.status > 299) return refuse(named ?? raw.sourceId, true);
    let request: ModelRequest;
    let answer: ModelAnswer;
    try {
      request = codec.decodeRequest(raw.request);
      answer = codec.decodeAnswer(raw.answer);
    } catch (thrown) {
      return refuse(named ?? raw.sourceId, false, toProblem(thrown));
    }
    const id = named ?? request.id ?? raw.sourceId;
    const rows = codec.rowsOf(request);
    const read = readAnswer(answer, { rows, ...options });
    if (read instanceof PenumbraError) return refuse(id, false, read);
    if (latencyMs > sloLatencyMs) return refuse(id, false);
    const exchange: Exchange = {
      id,
      model: codec.modelOf(raw.request),
      protocol: codec.name,
      arrivedAt,
      latencyMs,
      request,
      requestMessage: raw.request,
      answer: { ...answer, modelVersion: answer.modelVersion ?? options.declaredVersion },
      ...read,
      ...(findSegments === null ? {} : { segments: findSegments({ message: raw.request, request }) }),
      ...(raw.comesAgain ? { comesAgain: true } : {}),
    };
    return { type: 'comparable', exchange, rows };
  };
}

/** Production's predictions, of every row where batches are judged; or why they cannot be read. */
function readAnswer(
  answer: ModelAnswer,
  { rows, decisions, readsBatches }: { rows: number } & Pick<ReadExchangeOptions, 'decisions' | 'readsBatches'>,
): Pick<Exchange, 'predictions' | 'rows'> | PenumbraError {
  if (rows === 1) {
    const read = predictAll(decisions, answer);
    if (!('problem' in read)) return read;
    const message = `production's answer does not hold the decision "${read.decision}": ${read.problem}`;
    return new PenumbraError('ANSWER_UNDECODABLE', message);
  }
  if (!readsBatches) return { predictions: {} };
  const all = predictRows(decisions, { answer, rows });
  const read = all.filter((one) => one !== null);
  if (rows >= 1 && read.length === rows) return { predictions: read[0] ?? {}, rows: read };
  const message = `production's answer holds the decisions of ${read.length} of ${rows} rows`;
  return new PenumbraError('ANSWER_UNDECODABLE', message);
}

function ignoreReason(
  raw: RawExchange,
  { codec, idHeader, nowMs }: ReadExchangeOptions,
): { reason: IgnoreReason; problem: PenumbraError } | null {
  const refuse = (reason: IgnoreReason, code: 'EXCHANGE_INVALID' | 'EXCHANGE_TIME_INVALID', message: string) => {
    return { reason, problem: new PenumbraError(code, message) };
  };
  const id = raw.givenId ?? (idHeader === null ? undefined : raw.request.headers[idHeader]);
  if (isOwnCall(raw.request.headers, [id])) {
    return refuse('shadow', 'EXCHANGE_INVALID', 'this is a copy that penumbra itself sent');
  }
  if (!codec.isInference(raw.request)) {
    const message = `${raw.request.method} ${raw.request.path} is not an inference call of ${codec.name}`;
    return refuse('not_inference', 'EXCHANGE_INVALID', message);
  }
  if (raw.arrivedAt > nowMs() + maxFutureMs) {
    return refuse('from_the_future', 'EXCHANGE_TIME_INVALID', 'arrivedAt is more than 30 s in the future');
  }
  return null;
}

function toProblem(thrown: unknown): PenumbraError {
  return thrown instanceof PenumbraError ? thrown : new PenumbraError('INTERNAL', messageOf(thrown));
}
