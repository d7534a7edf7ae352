// Prometheus exposition.
import { resource } from './plugin.ts';

export const metrics = resource((app, comparator) => {
  app.get('/metrics', { schema: { summary: 'Metrics in the Prometheus text format' } }, async (_request, reply) => {
    const { contentType, text } = await comparator.metrics();
    return reply
      .type(contentType)
      .serializer((payload: unknown) => String(payload))
      .send(text);
  });
});
