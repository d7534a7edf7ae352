// True outcomes, which arrive late: was the flight late, was it fraud. One, or many in an array.
import { Type } from 'typebox';
import { PenumbraError } from '../errors.ts';
import { answers, outcomesAnswer } from './answers.ts';
import type { GivenOutcome, OutcomeReceipt } from './comparator.ts';
import { resource } from './plugin.ts';

const outcome = Type.Object(
  {
    id: Type.String({ minLength: 1, description: 'the exchange’s id' }),
    decision: Type.Optional(Type.String({ description: 'needed when the config declares several decisions' })),
    value: Type.Union([Type.String(), Type.Number(), Type.Boolean()], { description: 'what turned out to be true' }),
  },
  { additionalProperties: false },
);
const body = Type.Union([outcome, Type.Array(outcome, { maxItems: 10_000 })]);

export const outcomes = resource((app, comparator) => {
  const schema = { summary: 'Say what turned out to be true', body, ...answers(outcomesAnswer, { status: 202 }) };
  app.post('/v1/outcomes', { schema }, async (request, reply) => {
    const given = [request.body].flat().map((one) => ({ decision: null, ...one }));
    const results = comparator.recordOutcomes(given);
    if (Array.isArray(request.body)) return reply.code(202).send({ results: results.map(toResult(given)) });
    const [only] = results;
    if (only instanceof PenumbraError) throw only;
    return reply.code(202).send(only);
  });
});

/** In an array an error is told in its place, so that one unknown id does not hide what became of the others. */
function toResult(given: readonly GivenOutcome[]) {
  return (result: OutcomeReceipt | PenumbraError, index: number) =>
    result instanceof PenumbraError
      ? { id: given[index]?.id ?? '', error: { code: result.code, message: result.message } }
      : result;
}
