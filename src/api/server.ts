// The comparator's HTTP API: one plugin per resource, one error form, an OpenAPI document made from the same schemas.
import bearerAuth from '@fastify/bearer-auth';
import swagger from '@fastify/swagger';
import Fastify, { type FastifyBaseLogger, type FastifyError, type FastifyInstance } from 'fastify';
import { PenumbraError } from '../errors.ts';
import { parseJson, stringifyJson } from '../io/json.ts';
import type { Comparator } from './comparator.ts';
import { exchanges } from './exchanges.ts';
import { experiments } from './experiments.ts';
import { gate } from './gate.ts';
import { health } from './health.ts';
import { metrics } from './metrics.ts';
import { outcomes } from './outcomes.ts';
import { runs } from './runs.ts';

export interface ApiOptions {
  readonly comparator: Comparator;
  /** Bearer token that every route but liveness asks for; null: none (loopback only). */
  readonly token: string | null;
  readonly version: string;
  readonly log: FastifyBaseLogger;
}

const maxBodyBytes = 9 * 1024 * 1024;
const openPaths = ['/v1/health'];

export async function createApi({ comparator, token, version, log }: ApiOptions): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: log.child({}, { level: 'warn' }),
    bodyLimit: maxBodyBytes,
    requestTimeout: 30_000,
    keepAliveTimeout: 65_000,
    // Unknown members are refused, not removed: a misspelt option must not be ignored in silence.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, allErrors: true } },
  });
  app.setErrorHandler((error: FastifyError, _request, reply) => {
    const { status, body } = toErrorBody(error);
    if (status >= 500) log.error({ err: error }, 'request failed');
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({
      error: { code: 'NOT_FOUND', message: `there is no ${request.method} ${request.url}; see /openapi.json` },
    }),
  );
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    async (_request: unknown, body: string | Buffer) => parseJson(String(body), { maxBytes: maxBodyBytes }),
  );
  app.setReplySerializer((payload) => stringifyJson(payload));
  if (token !== null) {
    await app.register(bearerAuth, {
      keys: new Set([token]),
      addHook: false,
    });
    app.addHook('onRequest', (request, reply, next) => {
      if (openPaths.includes(request.url) || app.verifyBearerAuth === undefined) next();
      else app.verifyBearerAuth(request, reply, (refused?: Error) => next(refused && unauthorized()));
    });
  }
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title: 'penumbra', version, description: 'The comparator’s API' } },
  });
  for (const plugin of [health, experiments, runs, gate, exchanges, outcomes, metrics]) {
    await app.register(plugin, { comparator });
  }
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  return app;
}

function unauthorized(): PenumbraError {
  return new PenumbraError('UNAUTHORIZED', 'a valid bearer token is required');
}

function toErrorBody(error: FastifyError): { status: number; body: object } {
  if (error instanceof PenumbraError) {
    const { code, message, where, retryable } = error;
    return {
      status: error.status,
      body: { error: { code, message, ...(where === null ? {} : { where }), retryable } },
    };
  }
  const status = error.statusCode ?? 500;
  if (status < 500)
    return { status, body: { error: { code: 'REQUEST_INVALID', message: error.message, retryable: false } } };
  return {
    status: 500,
    body: { error: { code: 'INTERNAL', message: 'something went wrong here; see the log', retryable: true } },
  };
}
