// POST /v1/answers: production's answers to mirrored requests, told by whoever sees them: one as JSON, or one a line.
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PenumbraError } from '../../errors.ts';
import type { SourceRoute } from '../ports.ts';
import { bodyForm, headersForm, lowerCase, toBytes, toEpochMs } from './exchange-form.ts';
import type { AnswerHalf } from './halves.ts';
import { type Posted, postedBodies, requireForm, takePosted } from './posted.ts';
import type { SourceDeps } from './source-kind.ts';

const answerForm = Type.Object(
  {
    id: Type.String({ minLength: 1, maxLength: 512, description: 'what source.join.id finds in the request' }),
    latencyMs: Type.Number({ minimum: 0, description: 'how long production took' }),
    answeredAt: Type.Optional(
      Type.Union([Type.Number(), Type.String()], { description: 'epoch milliseconds or RFC 3339; now when left out' }),
    ),
    status: Type.Integer({ minimum: 100, maximum: 599 }),
    headers: Type.Optional(headersForm),
    body: Type.Optional(bodyForm('the answer’s')),
  },
  { additionalProperties: false },
);
const check = Compile(answerForm);

const fate = Type.Enum(['joined', 'waiting', 'duplicate', 'late', 'too_large'], {
  description: 'late: its request was given up before',
});
const result = { id: Type.String(), fate };
const error = Type.Object({ code: Type.String(), message: Type.String(), where: Type.Optional(Type.String()) });
const answer = Type.Union([
  Type.Object(result),
  Type.Object({
    accepted: Type.Integer(),
    rejected: Type.Integer(),
    lines: Type.Array(
      Type.Object({
        line: Type.Integer({ description: 'from 1; empty lines count and are passed over' }),
        id: Type.Optional(result.id),
        fate: Type.Optional(fate),
        error: Type.Optional(error),
      }),
    ),
  }),
]);

export function answersRoute({ join, clock }: SourceDeps, onMalformed: () => void): SourceRoute {
  const read = (document: unknown): AnswerHalf => {
    requireForm(check, document);
    const { id, latencyMs, answeredAt, status, headers, body } = document as Static<typeof answerForm>;
    const said = { 'content-type': 'application/json', ...lowerCase(headers) };
    return {
      key: id,
      answeredAt: answeredAt === undefined ? clock.nowMs() : toEpochMs(answeredAt),
      latencyMs,
      answer: { status, headers: said, body: toBytes(body) },
    };
  };
  const take = (half: AnswerHalf): Posted => {
    const become = join.answer(half);
    if (become === 'too_large')
      throw new PenumbraError('BODY_TOO_LARGE', 'the answer is larger than source.join.memory');
    return { settled: Promise.resolve(), result: () => ({ id: half.key, fate: become }) };
  };
  return {
    path: '/v1/answers',
    summary: 'Say what production answered to mirrored requests: one, or one a line',
    bodies: postedBodies(answerForm),
    answer: { status: 202, schema: answer },
    take: (message) => takePosted(message, { read, take, onMalformed }),
  };
}
