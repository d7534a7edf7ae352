// True outcomes, which arrive late: was the flight late, was it fraud. One, or many in an array.
import { Type } from 'typebox';
import { PenumbraError } from '../errors.ts';
import { answers, outcomesAnswer } from './answers.ts';
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
    const given = request.body;
    if (!Array.isArray(given)) {
      return reply.code(202).send(comparator.recordOutcome({ decision: null, ...given }));
    }
    const results = given.map((one) => {
      try {
        return comparator.recordOutcome({ decision: null, ...one });
      } catch (thrown) {
        if (!(thrown instanceof PenumbraError)) throw thrown;
        return { id: one.id, error: { code: thrown.code, message: thrown.message } };
      }
    });
    return reply.code(202).send({ results });
  });
});
