// A generic webhook: one POST of JSON per alert. 2xx is delivered; 408, 425, 429 and 5xx are worth another try.
import { Type } from 'typebox';
import { request } from 'undici';
import type { Kind } from '../../core/kind.ts';
import { messageOf } from '../../errors.ts';
import type { Sink } from '../ports.ts';

const options = Type.Object({
  url: Type.String({ description: 'http or https address that receives POST requests' }),
  headers: Type.Record(Type.String(), Type.String(), { default: {}, description: 'extra request headers' }),
});

const retryableStatuses: readonly number[] = [408, 425, 429];
const deadlineMs = 5000;

export const webhook: Kind<typeof options, Sink> = {
  name: 'webhook',
  summary: 'posts each alert as JSON; every try of one alert carries the same Idempotency-Key',
  options,
  create: ({ url, headers }) => ({
    name: `webhook ${url}`,
    deliver: async (alert) => {
      try {
        const answer = await request(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'idempotency-key': `${alert.key}/${alert.run}/${alert.status}/${alert.at}`,
            ...headers,
          },
          body: JSON.stringify(alert),
          signal: AbortSignal.timeout(deadlineMs),
        });
        // The status is the answer, whatever becomes of the body.
        await answer.body.dump().catch(() => {});
        const delivered = answer.statusCode >= 200 && answer.statusCode <= 299;
        const retryable = answer.statusCode >= 500 || retryableStatuses.includes(answer.statusCode);
        return { delivered, retryable, detail: `HTTP ${answer.statusCode}` };
      } catch (thrown) {
        return { delivered: false, retryable: true, detail: messageOf(thrown) };
      }
    },
    close: async () => {},
  }),
};
