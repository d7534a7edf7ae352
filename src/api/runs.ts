// Runs: start one for a candidate, look at it, stop it; its verdict history and its divergent samples.
import { Type } from 'typebox';
import { answers, effectSizesAnswer, runAnswer, runsAnswer, samplesAnswer, verdictsAnswer } from './answers.ts';
import { resource } from './plugin.ts';

const startRun = Type.Object(
  {
    experiment: Type.String({ minLength: 1, description: 'name of a declared experiment' }),
    candidate: Type.Optional(
      Type.String({ description: 'URL or ONNX file of the candidate, if the config leaves it open' }),
    ),
    digest: Type.Optional(Type.String({ pattern: '^sha256:[0-9a-f]{64}$', description: 'sha256:… of the candidate' })),
    ref: Type.Optional(Type.String({ maxLength: 200, description: 'your own reference, for example a commit' })),
    replace: Type.Optional(
      Type.Boolean({ description: 'stop the active run of the experiment; it goes on when this start fails' }),
    ),
  },
  { additionalProperties: false },
);
const byId = Type.Object({ id: Type.String() });
const stop = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false });
const ofArm = Type.Object({ arm: Type.Optional(Type.String()) }, { additionalProperties: false });

export const runs = resource((app, comparator) => {
  const list = { summary: 'All runs, oldest first', ...answers(runsAnswer) };
  app.get('/v1/runs', { schema: list }, async () => ({ runs: comparator.runs() }));
  const start = { summary: 'Start a run', body: startRun, ...answers(runAnswer, { status: 201 }) };
  app.post('/v1/runs', { schema: start }, async (request, reply) =>
    reply.code(201).send(await comparator.startRun(request.body)),
  );
  app.get('/v1/runs/:id', { schema: { summary: 'One run', params: byId, ...answers(runAnswer) } }, async (request) =>
    comparator.run(request.params.id),
  );
  app.post(
    '/v1/runs/:id/stop',
    { schema: { summary: 'Stop a run for good', params: byId, body: stop, ...answers(runAnswer) } },
    async (request) => comparator.stopRun(request.params.id, request.body.reason),
  );
  const retry = { summary: 'Try a run again, and say why; the run itself stays as it is', params: byId, body: stop };
  app.post(
    '/v1/runs/:id/retry',
    { schema: { ...retry, ...answers(runAnswer, { status: 201 }) } },
    async (request, reply) => reply.code(201).send(await comparator.retryRun(request.params.id, request.body.reason)),
  );
  app.get(
    '/v1/runs/:id/verdicts',
    { schema: { summary: 'Verdict changes, oldest first', params: byId, ...answers(verdictsAnswer) } },
    async (request) => ({
      verdicts: comparator.verdictChanges(request.params.id),
    }),
  );
  app.get(
    '/v1/runs/:id/samples',
    { schema: { summary: 'Divergent pairs, redacted', params: byId, querystring: ofArm, ...answers(samplesAnswer) } },
    async (request) => ({ samples: comparator.samples(request.params.id, request.query.arm ?? null) }),
  );
  const sizes = {
    summary: 'PSI, Jensen–Shannon, Hellinger, KS and Wasserstein of the scores, with intervals',
    params: byId,
  };
  app.get('/v1/runs/:id/effect-sizes', { schema: { ...sizes, ...answers(effectSizesAnswer) } }, async (request) => ({
    effectSizes: comparator.effectSizes(request.params.id),
  }));
});
