// First step: bytes to an exchange. Says what is not ours to judge (shadows, other calls) and what is not comparable.
import { predictAll } from '../core/decide/index.ts';
import { messageOf } from '../errors.ts';
import type { Codec } from '../io/ports.ts';
import type { Decision, Exchange, ModelAnswer, ModelRequest, RawExchange } from '../model.ts';

/** Every copy that penumbra sends carries this header; a source that sees it back drops the exchange. */
export const shadowHeader = 'x-shadow';
export const shadowIdPrefix = 'shadow-';

export type ReadExchange =
  /** Not counted in any run: not an inference call, or penumbra's own copy coming back. */
  | { readonly type: 'ignored'; readonly reason: 'shadow' | 'not_inference' | 'from_the_future' }
  /** Production failed or cannot be understood: skipped{production_failed}. */
  | {
      readonly type: 'not-comparable';
      readonly id: string;
      readonly arrivedAt: number;
      readonly latencyMs: number;
      readonly failed: boolean;
      readonly why: string;
    }
  | { readonly type: 'comparable'; readonly exchange: Exchange; readonly rows: number };

export interface ReadExchangeOptions {
  readonly codec: Codec;
  readonly decisions: readonly Decision[];
  readonly sloLatencyMs: number;
  readonly declaredVersion: string | null;
  /** Request header that carries the id; the body's id comes next, the source's own last. */
  readonly idHeader: string;
  readonly nowMs: () => number;
}

const maxFutureMs = 30_000;

export function createReadExchange(options: ReadExchangeOptions): (raw: RawExchange) => ReadExchange {
  const { codec, decisions, sloLatencyMs } = options;
  return (raw) => {
    const headerId = raw.request.headers[options.idHeader];
    if (raw.request.headers[shadowHeader] !== undefined || headerId?.startsWith(shadowIdPrefix) === true) {
      return { type: 'ignored', reason: 'shadow' };
    }
    if (!codec.isInference(raw.request)) return { type: 'ignored', reason: 'not_inference' };
    if (raw.arrivedAt > options.nowMs() + maxFutureMs) return { type: 'ignored', reason: 'from_the_future' };
    const refuse = (why: string, id: string, failed = true): ReadExchange => {
      return { type: 'not-comparable', id, arrivedAt: raw.arrivedAt, latencyMs: raw.latencyMs, failed, why };
    };
    const anyId = headerId ?? raw.sourceId;
    if (raw.answer.status < 200 || raw.answer.status > 299) return refuse(`http_${raw.answer.status}`, anyId);
    let request: ModelRequest;
    let answer: ModelAnswer;
    try {
      request = codec.decodeRequest(raw.request);
      answer = codec.decodeAnswer(raw.answer);
    } catch (thrown) {
      return refuse(messageOf(thrown), anyId);
    }
    const id = headerId ?? request.id ?? raw.sourceId;
    if (raw.latencyMs > sloLatencyMs) return refuse('over_slo', id, false);
    const rows = codec.rowsOf(request);
    const read = rows === 1 ? predictAll(decisions, answer) : { predictions: {} };
    if ('problem' in read) return refuse(`${read.decision}: ${read.problem}`, id);
    const exchange: Exchange = {
      id,
      model: codec.modelOf(raw.request),
      protocol: codec.name,
      arrivedAt: raw.arrivedAt,
      latencyMs: raw.latencyMs,
      request,
      requestMessage: raw.request,
      answer: { ...answer, modelVersion: answer.modelVersion ?? options.declaredVersion },
      predictions: read.predictions,
    };
    return { type: 'comparable', exchange, rows };
  };
}
