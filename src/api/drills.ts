// Drills: plant a known regression now, see how far its alert came, and say where it was seen to arrive.
import { Type } from 'typebox';
import { answers } from './answers.ts';
import { drillAnswer, drillsAnswer } from './drill-answers.ts';
import { resource } from './plugin.ts';

const start = Type.Object(
  {
    awaitsArrival: Type.Optional(
      Type.Boolean({ description: 'you look for the alert where it should arrive, and will say so; false by default' }),
    ),
  },
  { additionalProperties: false },
);
const byId = Type.Object({ id: Type.String() });
const arrival = Type.Object(
  { where: Type.String({ minLength: 1, maxLength: 200, description: 'the receiver at which the alert was seen' }) },
  { additionalProperties: false },
);

export const drills = resource((app, comparator) => {
  const list = { summary: 'The latest drills, newest first', ...answers(drillsAnswer) };
  app.get('/v1/drills', { schema: list }, async () => ({ drills: comparator.drills() }));
  const begin = {
    summary: 'Plant a known regression in a shadow, to see whether its alert arrives',
    body: start,
    ...answers(drillAnswer, { status: 201 }),
  };
  app.post('/v1/drills', { schema: begin }, async (request, reply) =>
    reply.code(201).send(await comparator.startDrill({ awaitsArrival: request.body.awaitsArrival === true })),
  );
  app.get(
    '/v1/drills/:id',
    { schema: { summary: 'One drill', params: byId, ...answers(drillAnswer) } },
    async (request) => comparator.drill(request.params.id),
  );
  app.post(
    '/v1/drills/:id/arrival',
    {
      schema: {
        summary: 'Say that the alert was seen to arrive',
        params: byId,
        body: arrival,
        ...answers(drillAnswer),
      },
    },
    async (request) => comparator.drillArrived(request.params.id, request.body.where),
  );
});
