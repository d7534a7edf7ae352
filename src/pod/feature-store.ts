// A small feature store for the demo, tests and shadow pods: rows by entity key over HTTP. It can be slow for a share of
// the keys; which ones follows from the seed alone, so that the comparator knows for every request whether it was slowed.
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { isInShare, keyOf } from '../core/random.ts';
import { PenumbraError } from '../errors.ts';
import { stringifyJson } from '../io/json.ts';
import { answerErrors } from './answer-errors.ts';
import type { FeatureRows } from './feature-rows.ts';

export interface SlowKeys {
  readonly delayMs: number;
  /** Fraction of the keys. */
  readonly share: number;
  readonly seed: string;
}

/** `GET /features/{key}` answers {"key", "features": {name: value}}; `GET /health` says how many rows there are. */
export function createFeatureStoreServer(rows: FeatureRows, options: { slow: SlowKeys | null }): FastifyInstance {
  const app = Fastify({ keepAliveTimeout: 75_000, requestTimeout: 30_000, routerOptions: { maxParamLength: 4096 } });
  const closing = new AbortController();
  // Every slow answer waits on it.
  setMaxListeners(0, closing.signal);
  const delayFor = delayOf(options.slow);
  answerErrors(app);

  app.get('/health', async () => ({ status: 'ok', rows: rows.valuesByKey.size }));
  app.get('/features/:key', async (request: FastifyRequest<{ Params: { key: string } }>, reply) => {
    const { key } = request.params;
    const delayMs = delayFor(key);
    // Ends early only when the store stops.
    if (delayMs > 0) await sleep(delayMs, undefined, { signal: closing.signal }).catch(() => undefined);
    const values = rows.valuesByKey.get(key);
    if (!values) throw new PenumbraError('FEATURES_UNKNOWN_KEY', `no row has the key "${key.slice(0, 100)}"`);
    reply.type('application/json');
    return stringifyJson({
      key,
      features: Object.fromEntries(rows.names.map((name, position) => [name, values[position]])),
    });
  });

  app.addHook('preClose', async () => closing.abort());
  return app;
}

function delayOf(slow: SlowKeys | null): (key: string) => number {
  if (slow === null) return () => 0;
  const hashKey = keyOf(slow.seed);
  return (key) => (isInShare(hashKey, key, slow.share) ? slow.delayMs : 0);
}
