// The experiments that the config declares.
import { answers, experimentsAnswer } from './answers.ts';
import { resource } from './plugin.ts';

export const experiments = resource((app, comparator) => {
  const schema = { summary: 'Declared experiments and their runs', ...answers(experimentsAnswer) };
  app.get('/v1/experiments', { schema }, async () => ({ experiments: comparator.experiments() }));
});
