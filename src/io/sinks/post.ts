// One POST of JSON, and what its answer means for an alert: 2xx is delivered; 408, 425, 429 and 5xx are worth another try, as is silence.
import { request } from 'undici';
import { messageOf } from '../../errors.ts';
import type { Headers } from '../../model.ts';
import type { Sink } from '../ports.ts';

const retryableStatuses: readonly number[] = [408, 425, 429];
const deadlineMs = 5000;

/** Never rejects, and follows no redirect. */
export async function postJson(
  url: string,
  { headers, body }: { readonly headers: Headers; readonly body: unknown },
): ReturnType<Sink['deliver']> {
  try {
    const answer = await request(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
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
}
