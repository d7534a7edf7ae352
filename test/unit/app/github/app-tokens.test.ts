// GitHub played by its documented behaviour: it checks the App's statement, gives tokens that last an hour, and takes no others.
// https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { createServer } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { answerByApp } from '../../../../src/app/github/answer-github.ts';
import { createAppTokens, readPrivateKey } from '../../../../src/app/github/app-tokens.ts';
import { listenOnFreePort } from '../../../support/raw-sockets.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Its clock is the test's. */
async function startGithub(now: { ms: number }, { odd }: { odd?: string } = {}) {
  const issued: { token: string; expiresAt: number }[] = [];
  const answered: string[] = [];
  const github = { revoked: new Set<string>(), isDown: false };
  const isStatement = (authorization: string): boolean => {
    const [head = '', claims = '', signature = ''] = authorization.replace('Bearer ', '').split('.');
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString());
    const { iat, exp, iss } = read(claims);
    const seconds = now.ms / 1000;
    const isTimely = iat <= seconds && exp > seconds && exp - seconds <= 600;
    const bytes = Buffer.from(`${head}.${claims}`);
    const isSigned = verify('RSA-SHA256', bytes, createPublicKey(publicKey), Buffer.from(signature, 'base64url'));
    return read(head).alg === 'RS256' && iss === 'Iv1.app' && isTimely && isSigned;
  };
  const server = createServer((message, reply) => {
    const authorization = message.headers.authorization ?? '';
    const say = (status: number, body: object | string = {}) =>
      reply.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
    message.resume();
    if (github.isDown) return say(503);
    if (message.url !== '/app/installations/7/access_tokens') {
      const token = authorization.replace('Bearer ', '');
      const known = issued.find((one) => one.token === token);
      const isGood = known !== undefined && now.ms < known.expiresAt && !github.revoked.has(token);
      if (isGood) answered.push(token);
      return say(isGood ? 204 : 401);
    }
    if (!isStatement(authorization)) return say(401, { message: 'A JSON web token could not be decoded' });
    const one = { token: `ghs_${issued.length + 1}`, expiresAt: now.ms + 3_600_000 };
    issued.push(one);
    return say(201, odd ?? { token: one.token, expires_at: new Date(one.expiresAt).toISOString(), permissions: {} });
  });
  const port = await listenOnFreePort(server);
  stops.push(() => server.close());
  return Object.assign(github, { url: `http://127.0.0.1:${port}`, issued, answered });
}

async function start({ key = privateKey, odd }: { key?: string; odd?: string } = {}) {
  const now = { ms: Date.UTC(2026, 0, 1) };
  const github = await startGithub(now, odd === undefined ? {} : { odd });
  const tokens = createAppTokens({
    api: github.url,
    id: 'Iv1.app',
    readKey: () => key,
    clock: { nowMs: () => now.ms },
  });
  const answer = answerByApp(tokens, null);
  const deployment = { callbackUrl: `${github.url}/callback`, installation: 7 };
  return { now, github, answer: () => answer(deployment, { state: 'approved' }), ask: answer };
}

describe('tokens of a GitHub App', () => {
  it('are got by a signed statement, kept while they last, and shared by those who ask at once', async () => {
    const { now, github, answer } = await start();
    await Promise.all([answer(), answer(), answer()]);
    now.ms += 54 * 60_000;
    expect(await answer()).toMatchObject({ delivered: true });
    expect([github.issued.length, github.answered.length]).toEqual([1, 4]);
    now.ms += 2 * 60_000;
    expect(await answer()).toMatchObject({ delivered: true });
    expect(github.answered.at(-1)).toBe('ghs_2');
  });

  it('one that was revoked is replaced at the next try', async () => {
    const { github, answer } = await start();
    await answer();
    github.revoked.add('ghs_1');
    expect(await answer()).toMatchObject({ delivered: false, retryable: true });
    expect(await answer()).toMatchObject({ delivered: true });
    expect(github.issued.length).toBe(2);
  });

  it('GitHub away, another key, and odd answers are tried again, and never taken for a token', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
      type: 'pkcs8',
      format: 'pem',
    });
    const down = await start();
    down.github.isDown = true;
    expect(await down.answer()).toMatchObject({ retryable: true, detail: expect.stringContaining('HTTP 503') });
    const refused = await (await start({ key: String(other) })).answer();
    expect(refused).toMatchObject({ delivered: false, retryable: true, detail: expect.stringContaining('HTTP 401') });
    const when = '"expires_at":"2027-01-01T00:00:00Z"';
    for (const odd of ['[]', 'null', '', '{"token":"x"}', `{"token":"a\\nb",${when}}`, `{"token":1,${when}}`]) {
      const { answer, github } = await start({ odd });
      expect(await answer(), odd).toMatchObject({ delivered: false, retryable: true });
      expect(github.answered).toEqual([]);
    }
  });

  it('without an installation nothing can be answered', async () => {
    const { ask, github } = await start();
    const told = await ask({ callbackUrl: `${github.url}/callback`, installation: null }, {});
    expect(told).toEqual({ delivered: false, retryable: false, detail: 'no installation of the App is known' });
  });

  it('a key that is none is refused at the start, and never quoted', () => {
    const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
    for (const pem of ['', 'SECRET', publicKey, String(ec)]) {
      expect(() => readPrivateKey(pem)).toThrow(/^pipelines.github.app.key requires an RSA private key in PEM form$/);
    }
    expect(readPrivateKey(privateKey).asymmetricKeyType).toBe('rsa');
  });
});
