// A person overrides the gate of one run for a while. It is recorded, shown wherever the gate answers, and changes no verdict.
import { Type } from 'typebox';
import { answers } from './answers.ts';
import { overrideAnswer } from './gate-act-answers.ts';
import { resource } from './plugin.ts';

const words = (description: string) => Type.String({ minLength: 1, maxLength: 500, pattern: '\\S', description });
const body = Type.Object(
  {
    run: Type.String({ minLength: 1, description: 'run id' }),
    by: words('who takes the responsibility'),
    reason: words('why'),
    ticket: words('where that is written down'),
    forMs: Type.Integer({ minimum: 1000, maximum: 3_600_000, description: 'how long; at most 60 minutes' }),
  },
  { additionalProperties: false },
);

export const gateOverride = resource((app, comparator) => {
  const summary = 'Override the gate of one run, for at most 60 minutes';
  app.post(
    '/v1/gate/override',
    { schema: { summary, body, ...answers(overrideAnswer, { status: 201 }) } },
    async (request, reply) => reply.code(201).send(comparator.overrideGate(request.body)),
  );
});
