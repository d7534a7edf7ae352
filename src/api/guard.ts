// Who may ask what: everybody with a token of that scope; without tokens only this machine, and no web page that a browser here has open.
import bearerAuth from '@fastify/bearer-auth';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PenumbraError } from '../errors.ts';
import { type Access, requireScope, type Scope } from './access.ts';
import { scopeNeeded } from './route-scopes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the asker may do. */
    scope: Scope;
  }
}

export interface GuardOptions {
  /** Without tokens, which the config allows on a loopback address only, everything may be asked. */
  readonly access: Access;
  /** False until runs are resumed: an exchange or a run taken before that would be lost. */
  readonly isReady: () => boolean;
}

/** Liveness and readiness tell nothing that is secret, and probes carry no token; nor does a browser that opens the page, whose files hold no data. */
const openRoutes: readonly (string | undefined)[] = ['/v1/health', '/v1/ready', '/', '/page/:file'];
/** Their callers can send no header: the token is in the body, and the route itself asks for it. */
const routesWithOwnToken: readonly (string | undefined)[] = [
  '/v1/gate/flagger',
  '/v1/gate/flagger/rollback',
  '/v1/gate/flagger/start',
  '/v1/gate/github',
];
/** Its caller signs what it sends, and reaches it by whatever name a proxy has. */
const signedRoute = '/v1/gate/github';

export async function guardApi(app: FastifyInstance, { access, isReady }: GuardOptions): Promise<void> {
  app.decorateRequest('scope', 'approve');
  app.addHook('onRequest', async (request) => {
    if (!isReady() && !isOpen(request)) throw new PenumbraError('STARTING', 'the comparator is starting; ask again');
  });
  if (!access.isAsked) {
    app.addHook('onRequest', async (request) => {
      if (request.routeOptions.url !== signedRoute) refuseStrangers(request);
    });
    return;
  }
  const auth = (token: string, request: FastifyRequest): boolean => {
    const scope = access.scopeOf(token);
    if (scope !== null) request.scope = scope;
    return scope !== null;
  };
  await app.register(bearerAuth, { keys: new Set<string>(), addHook: false, auth });
  app.addHook('onRequest', (request, reply, next) => {
    if (isOpen(request) || routesWithOwnToken.includes(request.routeOptions.url)) return next();
    // Its own answer has another form than ours, so only whether it refused is used.
    app.verifyBearerAuth?.(request, reply, (refused?: Error) => {
      if (refused === undefined) return next(whyNot(request));
      reply.header('www-authenticate', 'Bearer');
      next(new PenumbraError('UNAUTHORIZED', 'a valid bearer token is required'));
    });
  });
}

function whyNot(request: FastifyRequest): Error | undefined {
  try {
    requireScope(request.scope, { needed: scopeNeeded(request), where: 'the API' });
    return undefined;
  } catch (thrown) {
    return thrown as Error;
  }
}

function isOpen(request: FastifyRequest): boolean {
  return openRoutes.includes(request.routeOptions.url);
}

/**
 * Without a token the loopback address is the whole protection, and a browser would carry a page's requests over it:
 * under a name that the page's owner points here (Host), or across origins (Origin).
 */
function refuseStrangers({ headers }: FastifyRequest): void {
  const host = headers.host ?? '';
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host)) {
    throw new PenumbraError('HOST_NOT_ALLOWED', 'without a token this API answers under localhost and 127.0.0.1 only');
  }
  const { origin } = headers;
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new PenumbraError('HOST_NOT_ALLOWED', 'without a token this API answers no page of another origin');
  }
}
