// The chaos suite on live traffic: start it, look at the latest one and its card, stop it.
import { Type } from 'typebox';
import { answers } from './answers.ts';
import { resource } from './plugin.ts';

const orNull = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });

const cardCell = Type.Object(
  {
    version: Type.String(),
    feature: Type.String(),
    fault: Type.String(),
    metric: Type.String(),
    share: Type.Number(),
    n: Type.Integer(),
    estimate: orNull(Type.Number()),
    interval: Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }),
    verdict: Type.Enum(['HOLDS', 'VIOLATED', 'UNDECIDED']),
  },
  { additionalProperties: true },
);

const chaosAnswer = Type.Object({
  id: Type.String(),
  state: Type.Enum(['RUNNING', 'COMPLETED', 'ABORTED'], { description: 'ABORTED: a run ended before its time' }),
  startedBy: Type.Enum(['api', 'schedule']),
  startedAt: time('start'),
  endedAt: orNull(time('end')),
  endReason: orNull(Type.String({ description: 'why it ended early' })),
  cells: Type.Object({ done: Type.Integer(), of: Type.Integer() }),
  running: orNull(Type.Object({ experiment: Type.String(), run: Type.String() })),
  card: orNull(
    Type.Object(
      { cells: Type.Array(cardCell) },
      { additionalProperties: true, description: 'the robustness card, as penumbra chaos --json writes it' },
    ),
  ),
});

const start = Type.Object(
  {
    suite: Type.Optional(
      Type.String({
        pattern: '^[0-9a-f]{64}$',
        description: 'hash of the suite that is meant; another one is refused',
      }),
    ),
  },
  { additionalProperties: false },
);
const byId = Type.Object({ id: Type.String() });
const stop = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false });

export const chaos = resource((app, comparator) => {
  const latest = { summary: 'The latest chaos suite, with its card', ...answers(chaosAnswer) };
  app.get('/v1/chaos', { schema: latest }, async () => comparator.chaos(null));
  const begin = { summary: 'Start the chaos suite', body: start, ...answers(chaosAnswer, { status: 201 }) };
  app.post('/v1/chaos', { schema: begin }, async (request, reply) =>
    reply.code(201).send(await comparator.startChaos(request.body)),
  );
  const one = { summary: 'A chaos suite; only the latest is kept', params: byId, ...answers(chaosAnswer) };
  app.get('/v1/chaos/:id', { schema: one }, async (request) => comparator.chaos(request.params.id));
  const end = { summary: 'End the suite and its run for good', params: byId, body: stop, ...answers(chaosAnswer) };
  app.post('/v1/chaos/:id/stop', { schema: end }, async (request) =>
    comparator.stopChaos(request.params.id, request.body.reason),
  );
});
