// Prometheus exposition.
import { answers, metricsAnswer } from './answers.ts';
import { resource } from './plugin.ts';

export const metrics = resource((app, comparator) => {
  const schema = { summary: 'Metrics in the Prometheus text format', ...answers(metricsAnswer) };
  app.get('/metrics', { schema }, async (_request, reply) => {
    const { contentType, text } = await comparator.metrics();
    return reply
      .type(contentType)
      .serializer((payload: unknown) => String(payload))
      .send(text);
  });
});
