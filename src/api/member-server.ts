// The API of a process that answers for nobody but itself: a comparator among others, or a judge that waits. Health, readiness, metrics;
// the same addresses, tokens and error form as the comparator's.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import { createAccess, type ScopedToken } from './access.ts';
import { guardApi } from './guard.ts';
import { offerReadiness } from './ready.ts';
import { createServer } from './server.ts';

export interface MemberApiOptions {
  readonly tokens: readonly ScopedToken[];
  readonly log: FastifyBaseLogger;
  readonly health: () => Readonly<Record<string, unknown>>;
  /** Empty when it is ready. */
  readonly whyNotReady: () => readonly string[];
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

export async function createMemberApi(options: MemberApiOptions): Promise<FastifyInstance> {
  const { tokens, log, health, whyNotReady, metrics } = options;
  const app = createServer({ log });
  await guardApi(app, { access: createAccess(tokens), isReady: () => true });
  app.get('/v1/health', async () => health());
  offerReadiness(app.withTypeProvider<TypeBoxTypeProvider>(), whyNotReady);
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics();
    return reply
      .type(contentType)
      .serializer((payload: unknown) => String(payload))
      .send(text);
  });
  return app;
}
