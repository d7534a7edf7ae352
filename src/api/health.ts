// Liveness and a short account of what penumbra itself sees.
import { answers, healthAnswer } from './answers.ts';
import { resource } from './plugin.ts';

export const health = resource((app, comparator) => {
  const schema = { summary: 'Is penumbra well, and what did it lose', ...answers(healthAnswer) };
  app.get('/v1/health', { schema }, async () => comparator.health());
});
