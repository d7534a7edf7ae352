// "May this be promoted?" Always 200 with a body: a status code alone is never a verdict.
import { Type } from 'typebox';
import { PenumbraError } from '../errors.ts';
import { answers, gateAnswer } from './answers.ts';
import { gateText } from './gate-text.ts';
import { resource } from './plugin.ts';

const query = Type.Object(
  {
    run: Type.Optional(Type.String({ description: 'run id' })),
    experiment: Type.Optional(Type.String({ description: 'experiment name: its newest run is asked' })),
    nonce: Type.Optional(Type.String({ maxLength: 128, description: 'echoed, so that no cached answer can pass' })),
    format: Type.Optional(
      Type.Enum(['json', 'text'], { description: 'text: a first line VERDICT EXIT-CODE final|open RUN NONCE' }),
    ),
  },
  { additionalProperties: false },
);

export const gate = resource((app, comparator) => {
  app.get(
    '/v1/gate',
    { schema: { summary: 'May this candidate go on', querystring: query, ...answers(gateAnswer) } },
    async (request, reply) => {
      const { run, experiment, nonce, format } = request.query;
      if ((run === undefined) === (experiment === undefined)) {
        throw new PenumbraError('USAGE', 'the gate requires either run or experiment');
      }
      const view = comparator.gate({ run: run ?? null, experiment: experiment ?? null, nonce: nonce ?? null });
      if (format !== 'text') return view;
      return reply.type('text/plain; charset=utf-8').serializer(String).send(gateText(view));
    },
  );
});
