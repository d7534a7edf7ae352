// The one form in which the pod and the feature store answer errors: {"error": "…"} with a fitting status.
// What the caller did wrong is said in words; what went wrong inside is not shown.
import type { FastifyInstance } from 'fastify';
import { messageOf, PenumbraError } from '../errors.ts';

export function answerErrors(app: FastifyInstance): void {
  app.setNotFoundHandler(async (request, reply) => {
    reply.code(404);
    return { error: `${request.method} ${request.url.slice(0, 200)} is not known here` };
  });
  app.setErrorHandler(async (thrown, _request, reply) => {
    const status = statusOf(thrown);
    reply.code(status).type('application/json');
    return { error: status === 500 ? 'internal error' : messageOf(thrown) };
  });
}

function statusOf(thrown: unknown): number {
  // The protocol knows 400 for whatever is wrong with a request.
  if (thrown instanceof PenumbraError) return thrown.status === 422 ? 400 : thrown.status;
  const status = typeof thrown === 'object' && thrown !== null && 'statusCode' in thrown ? thrown.statusCode : null;
  return typeof status === 'number' && status >= 400 ? status : 500;
}
