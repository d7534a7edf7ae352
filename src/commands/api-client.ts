// How the pipeline's commands talk to the comparator: bearer token, one deadline a call, no redirects, errors in words.
import { request } from 'undici';
import { messageOf, PenumbraError } from '../errors.ts';

export interface ApiClient {
  /** Throws when the comparator cannot be reached or does not answer 2xx with JSON. */
  get(path: string): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
}

export interface ApiClientOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly timeoutMs?: number;
}

const maxAnswerBytes = 8 * 1024 * 1024;

export function createApiClient({ url, token, timeoutMs = 10_000 }: ApiClientOptions): ApiClient {
  const call = async (method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> => {
    const headers = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const answer = await request(new URL(path, url), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readCapped(answer.body);
    const parsed = parse(text);
    if (answer.statusCode >= 200 && answer.statusCode <= 299 && parsed !== undefined) return parsed;
    const told = (parsed as { error?: { code?: string; message?: string } } | undefined)?.error;
    const said = told?.message === undefined ? `HTTP ${answer.statusCode}` : `${told.code}: ${told.message}`;
    throw new PenumbraError('USAGE', `${method} ${path}: ${said}`);
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
  };
}

async function readCapped(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > maxAnswerBytes) throw new PenumbraError('USAGE', 'the answer is longer than any of ours');
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    void messageOf(thrown);
    return undefined;
  }
}
