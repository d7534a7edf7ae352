// One line of a recording: the body of POST /v1/exchanges, with the same members and the same rules, as an exchange of bytes.
// Only `arrivedAt` is not optional here: what was recorded arrived at some time, and buckets are made of it.
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PenumbraError } from '../../errors.ts';
import type { Headers, RawExchange } from '../../model.ts';
import { parseJson, stringifyJson } from '../json.ts';

// What HTTP could not have carried would fail on its way to every shadow, and look like their errors.
const headers = Type.Record(
  Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
  Type.String({ pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' }),
  { additionalProperties: false },
);
export const recordedExchangeSchema = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 256 })),
    arrivedAt: Type.Union([Type.Number(), Type.String()]),
    latencyMs: Type.Number({ minimum: 0 }),
    request: Type.Object(
      {
        method: Type.Optional(Type.String({ pattern: '^[A-Z]{1,20}$' })),
        path: Type.String({ pattern: '^/[\\x21-\\x7e]*$' }),
        headers: Type.Optional(headers),
        body: Type.Optional(Type.Unknown()),
      },
      { additionalProperties: false },
    ),
    answer: Type.Object(
      {
        status: Type.Integer({ minimum: 100, maximum: 599 }),
        headers: Type.Optional(headers),
        body: Type.Optional(Type.Unknown()),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
const check = Compile(recordedExchangeSchema);
const whatTime = 'arrivedAt requires epoch milliseconds or an RFC 3339 time';

/** @throws PenumbraError JSON_INVALID, EXCHANGE_INVALID, EXCHANGE_TIME_INVALID */
export function readRecordedExchange(
  source: Uint8Array | string,
  { sourceId, maxBytes }: { readonly sourceId: string; readonly maxBytes: number },
): RawExchange {
  // Said before it is parsed: of an array over many lines its first line alone is no JSON.
  if (opensArray(source))
    throw new PenumbraError('EXCHANGE_INVALID', 'a recording requires one exchange a line, not a JSON array');
  const value = parseJson(source, { maxBytes });
  if (!check.Check(value)) throw new PenumbraError('EXCHANGE_INVALID', whyWrong(value));
  const { id, arrivedAt, latencyMs, request, answer } = value as Static<typeof recordedExchangeSchema>;
  return {
    sourceId: id ?? sourceId,
    ...(id === undefined ? {} : { givenId: id }),
    arrivedAt: toEpochMs(arrivedAt),
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

function opensArray(source: Uint8Array | string): boolean {
  const start = typeof source === 'string' ? source : Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  return start.slice(0, 64).toString().trimStart().startsWith('[');
}

function whyWrong(value: unknown): string {
  const [first] = check.Errors(value);
  const place = first?.instancePath.slice(1).replaceAll('/', '.') || 'the line';
  if (first?.keyword === 'required') {
    const missing = first.params.requiredProperties;
    if (missing.length === 1 && missing[0] === 'arrivedAt') return `${whatTime}, and the line has none`;
    return `${place} requires ${missing.join(', ')}`;
  }
  if (place === 'arrivedAt') return whatTime;
  if (first?.keyword === 'boolean') return `${place} is no member of an exchange`;
  return `${place} ${first?.message ?? 'is not as POST /v1/exchanges takes it'}`;
}

function lowerCase(given: Record<string, string> | undefined): Headers {
  return Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

function toBytes(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  return Buffer.from(typeof body === 'string' ? body : stringifyJson(body));
}

function toEpochMs(given: number | string): number {
  const at = typeof given === 'number' ? given : Date.parse(given);
  // 1e12 ms is the year 2001: what is smaller was meant in seconds.
  if (Number.isFinite(at) && at >= 1e12) return at;
  throw new PenumbraError(
    'EXCHANGE_TIME_INVALID',
    `arrivedAt requires epoch milliseconds (not seconds) or an RFC 3339 time, not ${given}`,
  );
}
