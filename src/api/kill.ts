// The kill switch over HTTP: engage it, look at it, release it.
import { Type } from 'typebox';
import { answers, killAnswer } from './answers.ts';
import { resource } from './plugin.ts';

const body = Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false });

export const kill = resource((app, comparator) => {
  app.get(
    '/v1/kill',
    { schema: { summary: 'Whether the kill switch is engaged', ...answers(killAnswer) } },
    async () => ({
      killed: comparator.killed(),
    }),
  );
  const engage = { summary: 'Stop every byte that penumbra originates, at once', body, ...answers(killAnswer) };
  app.post('/v1/kill', { schema: engage }, async (request) => ({ killed: comparator.kill(request.body.reason) }));
  const release = { summary: 'Release the kill switch; runs that it ended stay ended', body, ...answers(killAnswer) };
  app.post('/v1/kill/release', { schema: release }, async (request) => {
    comparator.releaseKill(request.body.reason);
    return { killed: comparator.killed() };
  });
});
