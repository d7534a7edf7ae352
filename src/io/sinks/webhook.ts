// A generic webhook: one POST of JSON per notification, with every alert in it.
import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import type { Sink } from '../ports.ts';
import { postJson } from './post.ts';

const options = Type.Object({
  url: Type.String({ description: 'http or https address that receives POST requests' }),
  headers: Type.Record(Type.String(), Type.String(), { default: {}, description: 'extra request headers' }),
});

export const webhook: Kind<typeof options, Sink> = {
  name: 'webhook',
  summary:
    'posts {service, summary, alerts: […]} as JSON; every try of one notification carries the same Idempotency-Key',
  options,
  create: ({ url, headers }) => ({
    name: `webhook ${url}`,
    deliver: ({ key, service, summary, alerts }) => {
      // Hashed: keys are names in any script, and headers are not.
      const idempotencyKey = createHash('sha256').update(key).digest('hex');
      const body = { service, summary, alerts };
      return postJson(url, { headers: { 'idempotency-key': idempotencyKey, ...headers }, body });
    },
    close: async () => {},
  }),
};
