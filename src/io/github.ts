// GitHub's API as far as it is asked: what every call carries, and a token of an installation for an App's signed statement.
// https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
import { request } from 'undici';
import type { Headers } from '../model.ts';
import { parseJson } from './json.ts';
import { readCapped } from './read-capped.ts';

export interface InstallationToken {
  readonly token: string;
  readonly expiresAt: number;
}

export interface TokenQuestion {
  /** Without a trailing slash. */
  readonly api: string;
  readonly installation: number;
  /** A JSON Web Token that the App has signed. */
  readonly statement: string;
}

const deadlineMs = 5000;
const maxAnswerBytes = 256 * 1024;

export function githubHeaders(token: string): Headers {
  return {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    'user-agent': 'penumbra',
    authorization: `Bearer ${token}`,
  };
}

/** Follows no redirect. Rejects in words, which never hold what was sent or answered. */
export async function askForToken({ api, installation, statement }: TokenQuestion): Promise<InstallationToken> {
  const none = `GitHub gave no token for the installation ${installation}`;
  const answer = await request(`${api}/app/installations/${installation}/access_tokens`, {
    method: 'POST',
    headers: { ...githubHeaders(statement), 'content-type': 'application/json' },
    body: '{}',
    signal: AbortSignal.timeout(deadlineMs),
  });
  const text = await readCapped(answer.body, { maxBytes: maxAnswerBytes });
  if (answer.statusCode !== 201) throw new Error(`${none}: HTTP ${answer.statusCode}`);
  const said: unknown = parseJson(Buffer.from(text));
  const { token, expires_at: expires } = (said ?? {}) as Readonly<Record<string, unknown>>;
  const expiresAt = Date.parse(String(expires));
  // Goes into a header: nothing else may come with it.
  if (typeof token !== 'string' || !/^[\x21-\x7e]{1,4096}$/.test(token) || Number.isNaN(expiresAt)) {
    throw new Error(`${none}: its answer cannot be understood`);
  }
  return { token, expiresAt };
}
