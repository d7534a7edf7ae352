// What each route asks of a token. Looking needs read; of what changes something every route stands here, and one that does not is
// for approve alone, until somebody has thought about it. A test finds those.
import type { FastifyRequest } from 'fastify';
import type { Scope } from './access.ts';

export const acts: Readonly<Record<string, Scope>> = {
  '/v1/runs': 'operate',
  '/v1/runs/:id/stop': 'operate',
  '/v1/kill': 'operate',
  '/v1/exchanges': 'operate',
  '/v1/answers': 'operate',
  '/v1/cloudevents': 'operate',
  '/v1/outcomes': 'operate',
  '/v1/drills': 'operate',
  '/v1/drills/:id/arrival': 'operate',
  '/v1/chaos': 'operate',
  '/v1/chaos/:id/stop': 'operate',
  // What takes back a "no" needs somebody who may.
  '/v1/runs/:id/retry': 'approve',
  '/v1/kill/release': 'approve',
  '/v1/gate/override': 'approve',
};

export function scopeNeeded({ method, is404, routeOptions }: FastifyRequest): Scope {
  if (is404 || method === 'GET' || method === 'HEAD') return 'read';
  return acts[routeOptions.url ?? ''] ?? 'approve';
}
