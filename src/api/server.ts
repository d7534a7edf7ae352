// The comparator's HTTP API: one plugin per resource, one error form, an OpenAPI document made from the same schemas.
import swagger from '@fastify/swagger';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import { parseJson, stringifyJson } from '../io/json.ts';
import type { SourceRoute } from '../io/ports.ts';
import { createAccess, type ScopedToken } from './access.ts';
import { chaos } from './chaos.ts';
import type { Comparator } from './comparator.ts';
import { drills } from './drills.ts';
import { refuseConnection, toErrorAnswer } from './error-body.ts';
import { events } from './events.ts';
import { experiments } from './experiments.ts';
import { gate } from './gate.ts';
import { gateArgo } from './gate-argo.ts';
import { gateFlagger } from './gate-flagger.ts';
import { gateGithub } from './gate-github.ts';
import { gateOverride } from './gate-override.ts';
import { guardApi } from './guard.ts';
import { health } from './health.ts';
import { kill } from './kill.ts';
import { metrics } from './metrics.ts';
import { outcomes } from './outcomes.ts';
import { page } from './page.ts';
import { offerReadiness } from './ready.ts';
import { runs } from './runs.ts';
import { sourceRoutes } from './source-routes.ts';
import { watches } from './watches.ts';
import { whoAmI } from './who-am-i.ts';

export interface ApiOptions {
  readonly comparator: Comparator;
  /** Bearer token that may do everything, for which every route but liveness asks; null: none (loopback only). */
  readonly token: string | null;
  /** Instead of it: tokens that may do less. */
  readonly tokens?: readonly ScopedToken[];
  readonly version: string;
  readonly log: FastifyBaseLogger;
  /** Where sources are fed; none unless given. */
  readonly sources?: readonly SourceRoute[];
  /** Until it says true everything but liveness is answered with STARTING. */
  readonly isReady?: () => boolean;
}

/** Two messages of the largest size that is ever decoded, with their envelope. */
const maxBodyBytes = 9 * 1024 * 1024;

export async function createApi(options: ApiOptions): Promise<FastifyInstance> {
  const { comparator, version, sources = [] } = options;
  const app = createServer(options);
  const whole = options.token === null ? [] : [{ scope: 'approve', token: options.token } as const];
  const access = createAccess([...whole, ...(options.tokens ?? [])]);
  await guardApi(app, { access, isReady: options.isReady ?? (() => true) });
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'penumbra', version, description: 'The comparator’s API' } },
  });
  for (const plugin of [
    health,
    experiments,
    runs,
    chaos,
    gate,
    gateArgo,
    gateFlagger,
    gateGithub,
    gateOverride,
    kill,
    drills,
    sourceRoutes(sources),
    outcomes,
    watches,
    events,
    metrics,
    whoAmI,
    page,
  ]) {
    await app.register(plugin, { comparator, access });
  }
  const isReady = options.isReady ?? (() => true);
  offerReadiness(app.withTypeProvider<TypeBoxTypeProvider>(), () => (isReady() ? [] : ['it is starting']));
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  return app;
}

/** With the one error form and nothing to ask yet. */
export function createServer({ log }: Pick<ApiOptions, 'log'>): FastifyInstance {
  const sendError = (reply: FastifyReply, error: FastifyError) => {
    const { status, body } = toErrorAnswer(error);
    if (status >= 500 && error.code !== 'STARTING' && error.code !== 'NOT_READY')
      log.error({ err: error }, 'request failed');
    return reply.code(status).type('application/json').send(body);
  };
  const app: FastifyInstance = Fastify({
    loggerInstance: log.child({}, { level: 'warn' }),
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    // Unknown members are refused, not removed: a misspelt option must not be ignored in silence.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
    frameworkErrors: (error, _request, reply) => void sendError(reply as FastifyReply, error),
    clientErrorHandler: refuseConnection,
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => sendError(reply, error));
  app.setNotFoundHandler((request, reply) => {
    const message = `there is no ${request.method} ${request.url.slice(0, 200)}; GET /openapi.json lists what there is`;
    return reply.code(404).send({ error: { code: 'NOT_FOUND', message, retryable: false } });
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: unknown, body: string | Buffer) => parseJson(body, { maxBytes: maxBodyBytes }),
  );
  app.setReplySerializer((payload) => stringifyJson(payload));
  app.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));
  return app;
}
