// The HTTP source: whoever already has both sides of an exchange posts it here, one at a time or many as lines.
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PenumbraError } from '../../errors.ts';
import type { RawExchange, RequestMessage } from '../../model.ts';
import type { Receipt, RouteAnswer, Source, SourceRoute } from '../ports.ts';
import { exchangeForm, toExchange } from './exchange-form.ts';
import { type Posted, postedBodies, requireForm, takePosted } from './posted.ts';
import type { SourceDeps, SourceKind } from './source-kind.ts';

const options = Type.Object({});
const query = Type.Object(
  { ack: Type.Optional(Type.Union([Type.Literal('journalled'), Type.Literal('committed')])) },
  { additionalProperties: false },
);
const taken = {
  id: Type.Union([Type.String(), Type.Null()], { description: 'the exchange’s id' }),
  runs: Type.Record(Type.String(), Type.String(), {
    description: 'by run: admitted, warm-up, skipped: reason or dropped: reason',
  }),
};
const error = Type.Object({
  code: Type.String(),
  message: Type.String(),
  where: Type.Optional(Type.String()),
});
const answer = Type.Union([
  Type.Object(taken),
  Type.Object({
    accepted: Type.Integer(),
    rejected: Type.Integer(),
    lines: Type.Array(
      Type.Object({
        line: Type.Integer({ description: 'from 1; empty lines count and are passed over' }),
        id: Type.Optional(taken.id),
        runs: Type.Optional(taken.runs),
        error: Type.Optional(error),
      }),
    ),
  }),
]);
const check = Compile(exchangeForm);

export const http: SourceKind<typeof options> = {
  name: 'http',
  summary: 'whole exchanges, posted to /v1/exchanges: one as JSON, or many as lines (application/x-ndjson)',
  options,
  create: () => (deps) => createHttp(deps),
};

function createHttp({ clock }: SourceDeps): Source {
  const counts = { accepted: 0, malformed: 0, refused: 0 };
  let sequence = 0;
  const read = (document: unknown): RawExchange => {
    requireForm(check, document);
    sequence += 1;
    const sourceId = `http-${clock.nowMs().toString(36)}-${sequence}`;
    return toExchange(document as Static<typeof exchangeForm>, { sourceId, arrivedAt: clock.nowMs() });
  };
  const take = (message: RequestMessage, receive: (exchange: RawExchange) => Receipt): Promise<RouteAnswer> => {
    const ack = ackOf(message);
    const takeOne = (exchange: RawExchange): Posted => {
      const { problem, id, fates, journalled, committed } = receive(exchange);
      counts[problem === null ? 'accepted' : 'refused'] += 1;
      if (problem !== null) throw problem;
      return { settled: ack === 'committed' ? committed : journalled, result: () => ({ id, runs: fates() }) };
    };
    return takePosted(message, { read, take: takeOne, onMalformed: () => counts.malformed++ });
  };
  return {
    name: 'http',
    start: async () => {},
    stop: async () => {},
    losses: () => ({ malformed: counts.malformed }),
    seen: () => ({ accepted: counts.accepted, refused: counts.refused }),
    routes: [routeOf(async (message, receive) => take(message, receive))],
  };
}

function routeOf(take: SourceRoute['take']): SourceRoute {
  return {
    path: '/v1/exchanges',
    summary: 'Hand over production requests with their answers: one, or one a line',
    bodies: postedBodies(exchangeForm),
    query,
    answer: { status: 202, schema: answer },
    take,
  };
}

/** @throws PenumbraError REQUEST_INVALID */
function ackOf({ path }: RequestMessage): 'journalled' | 'committed' {
  const given = new URLSearchParams(path.split('?')[1] ?? '');
  const unknown = [...given.keys()].find((name) => name !== 'ack');
  if (unknown !== undefined) {
    const message = `querystring has the unknown member "${unknown.slice(0, 100)}"`;
    throw new PenumbraError('REQUEST_INVALID', message, `querystring/${unknown.slice(0, 100)}`);
  }
  const ack = given.get('ack') ?? 'journalled';
  if (ack === 'journalled' || ack === 'committed') return ack;
  throw new PenumbraError('REQUEST_INVALID', 'querystring/ack requires journalled or committed', 'querystring/ack');
}
