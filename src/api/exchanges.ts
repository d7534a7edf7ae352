// The HTTP source: whoever already has both sides of an exchange posts it here.
import { Type } from 'typebox';
import { PenumbraError } from '../errors.ts';
import { stringifyJson } from '../io/json.ts';
import type { Headers, RawExchange } from '../model.ts';
import { answers, exchangeAnswer } from './answers.ts';
import { resource } from './plugin.ts';

// What HTTP could not have carried would fail on its way to every shadow, and look like their errors.
const headers = Type.Record(
  Type.String({ pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
  Type.String({ pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' }),
  { description: 'header names in any case', additionalProperties: false },
);
const bodyOf = (whose: string) =>
  Type.Unknown({ description: `${whose} body: a string is taken verbatim, anything else is written as JSON` });

const exchange = Type.Object(
  {
    id: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'unique; given once only' })),
    arrivedAt: Type.Optional(
      Type.Union([Type.Number(), Type.String()], { description: 'epoch milliseconds or RFC 3339; now when left out' }),
    ),
    latencyMs: Type.Number({ minimum: 0, description: 'how long production took' }),
    request: Type.Object(
      {
        method: Type.Optional(Type.String({ pattern: '^[A-Z]{1,20}$', description: 'POST when left out' })),
        path: Type.String({ pattern: '^/[\\x21-\\x7e]*$', description: 'with the query, as production saw it' }),
        headers: Type.Optional(headers),
        body: Type.Optional(bodyOf('the request’s')),
      },
      { additionalProperties: false },
    ),
    answer: Type.Object(
      {
        status: Type.Integer({ minimum: 100, maximum: 599 }),
        headers: Type.Optional(headers),
        body: Type.Optional(bodyOf('the answer’s')),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
const query = Type.Object(
  { ack: Type.Optional(Type.Union([Type.Literal('journalled'), Type.Literal('committed')])) },
  { additionalProperties: false },
);

export const exchanges = resource((app, comparator) => {
  let sequence = 0;
  const summary = 'Hand over one production request with its answer';
  app.post(
    '/v1/exchanges',
    { schema: { summary, body: exchange, querystring: query, ...answers(exchangeAnswer, { status: 202 }) } },
    async (request, reply) => {
      const { id, arrivedAt, latencyMs, ...messages } = request.body;
      sequence += 1;
      const requestHeaders = lowerCase(messages.request.headers);
      const raw: RawExchange = {
        sourceId: id ?? `http-${comparator.nowMs().toString(36)}-${sequence}`,
        arrivedAt: toEpochMs(arrivedAt, comparator.nowMs()),
        latencyMs,
        ...(id === undefined ? {} : { givenId: id }),
        request: {
          method: messages.request.method ?? 'POST',
          path: messages.request.path,
          headers: { 'content-type': 'application/json', ...requestHeaders },
          body: toBytes(messages.request.body),
        },
        answer: {
          status: messages.answer.status,
          headers: { 'content-type': 'application/json', ...lowerCase(messages.answer.headers) },
          body: toBytes(messages.answer.body),
        },
      };
      const received = comparator.submit(raw);
      if (received.problem !== null) throw received.problem;
      await (request.query.ack === 'committed' ? received.committed : received.journalled);
      return reply.code(202).send({ id: received.id, runs: received.fates() });
    },
  );
});

function lowerCase(given: Record<string, string> | undefined): Headers {
  return Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
}

function toBytes(body: unknown): Uint8Array {
  if (body === undefined) return new Uint8Array(0);
  return Buffer.from(typeof body === 'string' ? body : stringifyJson(body));
}

function toEpochMs(given: number | string | undefined, nowMs: number): number {
  if (given === undefined) return nowMs;
  const at = typeof given === 'number' ? given : Date.parse(given);
  // 1e12 ms is the year 2001: what is smaller was meant in seconds, and would count as late by our own fault.
  if (Number.isFinite(at) && at >= 1e12) return at;
  throw new PenumbraError(
    'EXCHANGE_TIME_INVALID',
    `arrivedAt requires epoch milliseconds (not seconds) or an RFC 3339 time, not ${given}`,
  );
}
