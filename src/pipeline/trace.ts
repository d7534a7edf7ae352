// W3C Trace Context: a copy stays in the trace of the request it was made of, as a span of its own under production's. A request without
// a trace, or with a header that is none, is sent without one: penumbra begins no traces.
import { randomFor } from '../core/random.ts';
import type { Exchange, Headers } from '../model.ts';

export interface Trace {
  readonly id: string;
  /** Two hexadecimal digits; only the bits that version 00 knows: sampled, and that the id is random. */
  readonly flags: string;
}

const knownFlags = 0x03;
/** A later version may hold more behind a further dash; ff is none. */
const form = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The trace that the original request belongs to; null when it names none that is valid. */
export function traceOf({ requestMessage }: Pick<Exchange, 'requestMessage'>): Trace | null {
  const { traceparent } = requestMessage.headers;
  if (traceparent === undefined) return null;
  const [, version, id = '', parent = '', flags = '', more] = form.exec(traceparent.trim()) ?? [];
  const isWhole = version === '00' ? more === undefined : version !== undefined;
  if (!isWhole || isZero(id) || isZero(parent)) return null;
  return { id, flags: (Number.parseInt(flags, 16) & knownFlags).toString(16).padStart(2, '0') };
}

const isZero = (digits: string): boolean => /^0*$/.test(digits);

/** What every implementation must carry on. */
const maxStateLength = 512;

/** The span's id is drawn from run, exchange and arm: whoever replays a request sends the same. `tracestate` only goes with its trace. */
export function traceHeaders(exchange: Exchange, { runId, arm }: { runId: string; arm: string }): Headers {
  const trace = traceOf(exchange);
  if (trace === null) return {};
  const random = randomFor(runId, exchange.id, arm);
  const half = (): string =>
    Math.floor(1 + random.uniform() * 0xfffffffe)
      .toString(16)
      .padStart(8, '0');
  const { tracestate: state = '' } = exchange.requestMessage.headers;
  const isSendable = state !== '' && state.length <= maxStateLength && /^[\x20-\x7e]*$/.test(state);
  return {
    traceparent: `00-${trace.id}-${half()}${half()}-${trace.flags}`,
    ...(isSendable ? { tracestate: state } : {}),
  };
}
