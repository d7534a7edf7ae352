// Divergent samples, as the API tells of them: what was asked, what both answered, and what had been done to the request.
import { Type } from 'typebox';

export const samplesAnswer = Type.Object({
  samples: Type.Array(
    Type.Object({
      runId: Type.String(),
      arm: Type.String(),
      exchangeId: Type.String(),
      at: Type.Number({ description: 'arrival of the request, epoch milliseconds' }),
      what: Type.String({ description: 'how the arm diverged' }),
      features: Type.Record(Type.String(), Type.Unknown(), { description: 'the declared inputs by name' }),
      production: Type.Unknown({ description: 'production’s predictions' }),
      answer: Type.Unknown({ description: 'the arm’s predictions, or how it failed' }),
      applied: Type.Optional(
        Type.Array(Type.String(), { description: 'what was done to this request on purpose on its way to the arm' }),
      ),
      sent: Type.Optional(
        Type.Record(Type.String(), Type.Unknown(), {
          description: 'declared features that the arm was sent otherwise, by name; null: missing',
        }),
      ),
    }),
  ),
});
