// Liveness and a short account of what penumbra itself sees.
import { resource } from './plugin.ts';

export const health = resource((app, comparator) => {
  app.get('/v1/health', { schema: { summary: 'Is penumbra well, and what did it lose' } }, async () =>
    comparator.health(),
  );
});
