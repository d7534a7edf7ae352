// How the pipeline's commands talk to the comparator: bearer token, one deadline a call, no redirects, errors in words.
import { request } from 'undici';
import { messageOf } from '../errors.ts';
import { readCapped } from '../io/read-capped.ts';
import { oneLine } from './gate/formats/format.ts';

export interface ApiClient {
  /** Throws when the comparator cannot be reached or does not answer 2xx with JSON; see `refusalOf`. */
  get(path: string, options?: { readonly timeoutMs?: number }): Promise<unknown>;
  post(path: string, body: object): Promise<unknown>;
}

export interface ApiClientOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly timeoutMs?: number;
}

/** A run with thousands of hypotheses is far below it. */
const maxAnswerBytes = 8 * 1024 * 1024;
/** Of what a stranger says, only this much is shown. */
const maxToldLength = 500;

/** While the comparator starts. */
const askAgainAfterMs = 250;

interface Call {
  readonly body?: object;
  readonly timeoutMs?: number;
}

interface Refusal extends Error {
  readonly refusedWith: string;
}

/** The error code that the comparator itself refused with; null for everything else that can go wrong. */
export function refusalOf(thrown: unknown): string | null {
  return thrown instanceof Error && 'refusedWith' in thrown ? (thrown as Refusal).refusedWith : null;
}

export function createApiClient({ url, token, timeoutMs: longestMs = 10_000 }: ApiClientOptions): ApiClient {
  const callOnce = async (
    method: 'GET' | 'POST',
    path: string,
    { body, timeoutMs = longestMs }: Call,
  ): Promise<unknown> => {
    const headers = {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    // Where it could not be asked matters more than how that failed.
    const asked = request(new URL(path, url), {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(timeoutMs, longestMs)))),
    }).then(async (answer) => ({
      status: answer.statusCode,
      text: await readCapped(answer.body, { maxBytes: maxAnswerBytes }),
    }));
    const { status, text } = await asked.catch((thrown: unknown) => {
      throw new Error(`the comparator at ${url} could not be asked: ${describe(thrown)}`);
    });
    const parsed = parse(text);
    if (status >= 200 && status <= 299 && parsed !== undefined) return parsed;
    throw refused(status, parsed);
  };
  // A comparator that was started just now has done nothing yet with what it refuses: it is asked again until the call's own deadline.
  const call = async (method: 'GET' | 'POST', path: string, asked: Call): Promise<unknown> => {
    const untilMs = performance.now() + Math.min(asked.timeoutMs ?? longestMs, longestMs);
    for (let starting: unknown = null; ; ) {
      try {
        return await callOnce(method, path, { ...asked, timeoutMs: untilMs - performance.now() });
      } catch (thrown) {
        // One that had too little time left says less than the answer before it.
        if (refusalOf(thrown) !== 'STARTING') throw refusalOf(thrown) === null ? (starting ?? thrown) : thrown;
        starting = thrown;
      }
      if (performance.now() + askAgainAfterMs >= untilMs) throw starting;
      await new Promise((resume) => setTimeout(resume, askAgainAfterMs));
    }
  };
  return {
    get: (path, { timeoutMs = longestMs } = {}) => call('GET', path, { timeoutMs }),
    post: (path, body) => call('POST', path, { body }),
  };
}

function describe(thrown: unknown): string {
  // A host with several addresses fails with all of them and says nothing of its own.
  if (thrown instanceof AggregateError && thrown.message === '') return messageOf(thrown.errors[0]);
  return messageOf(thrown);
}

function refused(status: number, parsed: unknown): Error {
  const told = isRecord(parsed) && isRecord(parsed.error) ? parsed.error : {};
  if (typeof told.code !== 'string' || typeof told.message !== 'string') {
    const form = status >= 200 && status <= 299 ? 'something other than JSON' : `HTTP ${status}`;
    return new Error(`the comparator answered ${form}; is this its address?`);
  }
  const message = oneLine(`${told.code}: ${told.message}`, maxToldLength);
  return Object.assign(new Error(message), { refusedWith: told.code });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Undefined, which no JSON text means, when it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
