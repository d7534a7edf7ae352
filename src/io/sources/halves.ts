// Requests and answers that come apart: their form, how much each holds, and the exchange that two of them are.
import type { AnswerMessage, Headers, RawExchange, RequestMessage } from '../../model.ts';
import type { Receipt } from '../ports.ts';

/** Of a half whose feeder keeps account of it: a topic, which is read again from what was not settled. */
export interface HalfTaker {
  /** Takes the exchange that the half became part of, in place of everybody else. */
  receive(exchange: RawExchange): Receipt | null;
  /** Its fate is known, and stored where it was counted; called once. */
  settled(): void;
}

export interface RequestHalf {
  /** Both halves of an exchange have the same key. */
  readonly key: string;
  readonly taker?: HalfTaker;
  readonly sourceId: string;
  readonly arrivedAt: number;
  readonly request: RequestMessage;
}

export interface AnswerHalf {
  readonly key: string;
  readonly taker?: HalfTaker;
  /** Epoch milliseconds at which production had answered. */
  readonly answeredAt: number;
  /** How long production took; null: the time between the two halves. */
  readonly latencyMs: number | null;
  readonly answer: AnswerMessage;
}

/** The entry itself, roughly. */
const overheadBytes = 1024;

/** The key is held twice: while it waits, and among those that are done. */
export function sizeOf(
  key: string,
  message: { readonly headers: Headers; readonly body: Uint8Array; readonly path?: string },
) {
  const texts = Object.entries(message.headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return message.body.byteLength + texts + (message.path?.length ?? 0) + 2 * key.length + overheadBytes;
}

export function exchangeOf(asked: RequestHalf, answered: AnswerHalf): RawExchange {
  const { sourceId, arrivedAt, request } = asked;
  const { answeredAt, latencyMs, answer } = answered;
  // Two machines' clocks may disagree by more than production took.
  return { sourceId, arrivedAt, latencyMs: latencyMs ?? Math.max(0, answeredAt - arrivedAt), request, answer };
}

/** Loggers tell nothing of answers that were no success. */
export function failedOf({ sourceId, arrivedAt, request }: RequestHalf, withinMs: number): RawExchange {
  const answer: AnswerMessage = { status: 504, headers: {}, body: new Uint8Array(0) };
  return { sourceId, arrivedAt, latencyMs: withinMs, request, answer };
}
