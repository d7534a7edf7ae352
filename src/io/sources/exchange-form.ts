// One exchange as JSON: the body of POST /v1/exchanges, a line of it, and a line of a recording. One schema says what all of them take.
import { type Static, Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { Headers, RawExchange } from '../../model.ts';
import { stringifyJson } from '../json.ts';

// What HTTP could not have carried would fail on its way to every shadow, and look like their errors.
export const headersForm = Type.Record(
  Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
  Type.String({ pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' }),
  { description: 'header names in any case', additionalProperties: false },
);
export const bodyForm = (whose: string) =>
  Type.Unknown({ description: `${whose} body: a string is taken verbatim, anything else is written as JSON` });
const timeForm = (description: string) => Type.Union([Type.Number(), Type.String()], { description });

const id = Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'unique; given once only' }));
const members = {
  latencyMs: Type.Number({ minimum: 0, description: 'how long production took' }),
  request: Type.Object(
    {
      method: Type.Optional(Type.String({ pattern: '^[A-Z]{1,20}$', description: 'POST when left out' })),
      path: Type.String({ pattern: '^/[\\x21-\\x7e]*$', description: 'with the query, as production saw it' }),
      headers: Type.Optional(headersForm),
      body: Type.Optional(bodyForm('the request’s')),
    },
    { additionalProperties: false },
  ),
  answer: Type.Object(
    {
      status: Type.Integer({ minimum: 100, maximum: 599 }),
      headers: Type.Optional(headersForm),
      body: Type.Optional(bodyForm('the answer’s')),
    },
    { additionalProperties: false },
  ),
};
const time = 'epoch milliseconds or RFC 3339';

export const exchangeForm = Type.Object(
  { id, arrivedAt: Type.Optional(timeForm(`${time}; now when left out`)), ...members },
  { additionalProperties: false },
);
/** What was recorded arrived at some time, and buckets are made of it. */
export const recordedExchangeForm = Type.Object(
  { id, arrivedAt: timeForm(time), ...members },
  { additionalProperties: false },
);

export interface Unsaid {
  /** For exchanges without an id of their own. */
  readonly sourceId: string;
  /** For those that do not say when they arrived. */
  readonly arrivedAt: number;
}

/** @throws PenumbraError EXCHANGE_TIME_INVALID */
export function toExchange(given: Static<typeof exchangeForm>, unsaid: Unsaid): RawExchange {
  const { id, arrivedAt, latencyMs, request, answer } = given;
  return {
    sourceId: id ?? unsaid.sourceId,
    ...(id === undefined ? {} : { givenId: id }),
    arrivedAt: arrivedAt === undefined ? unsaid.arrivedAt : toEpochMs(arrivedAt),
    latencyMs,
    request: {
      method: request.method ?? 'POST',
      path: request.path,
      headers: { 'content-type': 'application/json', ...lowerCase(request.headers) },
      body: toBytes(request.body),
    },
    answer: {
      status: answer.status,
      headers: { 'content-type': 'application/json', ...lowerCase(answer.headers) },
      body: toBytes(answer.body),
    },
  };
}

export function lowerCase(given: Record<string, string> | undefined): Headers {
  return Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

export function toBytes(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  return Buffer.from(typeof body === 'string' ? body : stringifyJson(body));
}

export function toEpochMs(given: number | string): number {
  const at = typeof given === 'number' ? given : Date.parse(given);
  // 1e12 ms is the year 2001: what is smaller was meant in seconds, and would count as late by our own fault.
  if (Number.isFinite(at) && at >= 1e12) return at;
  throw new PenumbraError(
    'EXCHANGE_TIME_INVALID',
    `arrivedAt requires epoch milliseconds (not seconds) or an RFC 3339 time, not ${given}`,
  );
}
