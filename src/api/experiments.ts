// The experiments that the config declares.
import { resource } from './plugin.ts';

export const experiments = resource((app, comparator) => {
  app.get('/v1/experiments', { schema: { summary: 'Declared experiments and their runs' } }, async () => ({
    experiments: comparator.experiments(),
  }));
});
