// What the asker may do, so that a page need not offer what would be refused.
import { Type } from 'typebox';
import { scopes } from './access.ts';
import { answers } from './answers.ts';
import { resource } from './plugin.ts';

const answer = Type.Object({
  scope: Type.Enum([...scopes], { description: 'of the token; approve where none is asked for' }),
});

export const whoAmI = resource((app) => {
  const schema = { summary: 'What this token may do', ...answers(answer) };
  app.get('/v1/access', { schema }, async (request) => ({ scope: request.scope }));
});
