// The API's doors by themselves: who may ask, what is said while starting, and what a bug inside may tell.
import { pino } from 'pino';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import type { Comparator } from '../../../src/api/comparator.ts';
import { errorSchema } from '../../../src/api/error-body.ts';
import { createApi } from '../../../src/api/server.ts';

const comparator = {
  nowMs: () => 0,
  health: () => ({ status: 'ok' }),
  runs: () => [],
  run: () => {
    throw new Error('the secret path /etc/penumbra is not readable');
  },
} as unknown as Comparator;

async function ask(url: string, headers: Record<string, string> = {}, options: object = {}) {
  const log = pino({ level: 'silent' });
  const api = await createApi({ comparator, token: null, version: '0', log, ...options });
  const answer = await api.inject({ url, headers: { host: 'localhost:9090', ...headers } });
  await api.close();
  return { status: answer.statusCode, body: answer.json(), code: answer.json().error?.code };
}

describe('without a token', () => {
  it.each(['localhost', 'localhost:9090', 'LOCALHOST:1', '127.0.0.1:9090', '127.8.8.8', '[::1]:9090'])(
    'answers under the loopback name %s',
    async (host) => {
      expect((await ask('/v1/runs', { host })).status).toBe(200);
    },
  );

  it.each(['evil.test', '127.0.0.1.evil.test', 'localhost.evil.test', '10.0.0.1', 'evil.test:9090', '[::2]:1'])(
    'refuses the name %j',
    async (host) => {
      expect(await ask('/v1/runs', { host })).toMatchObject({ status: 403, code: 'HOST_NOT_ALLOWED' });
    },
  );

  it('answers its own page and refuses others', async () => {
    expect((await ask('/v1/runs', { origin: 'http://localhost:9090' })).status).toBe(200);
    for (const origin of ['http://localhost:8080', 'https://localhost:9090', 'null', 'http://evil.test']) {
      expect(await ask('/v1/runs', { origin })).toMatchObject({ status: 403, code: 'HOST_NOT_ALLOWED' });
    }
  });
});

describe('with a token', () => {
  const guarded = { token: 'secret' };

  it('the token is what counts, whatever the name', async () => {
    const right = { authorization: 'Bearer secret', host: 'penumbra.example' };
    expect((await ask('/v1/runs', right, guarded)).status).toBe(200);
    expect(await ask('/v1/runs', { authorization: 'Bearer secre' }, guarded)).toMatchObject({ code: 'UNAUTHORIZED' });
    expect((await ask('/v1/health', {}, guarded)).status).toBe(200);
  });
});

it('while it starts, only liveness and readiness are answered', async () => {
  const starting = { isReady: () => false };
  expect((await ask('/v1/health', {}, starting)).status).toBe(200);
  expect(await ask('/v1/ready', {}, starting)).toMatchObject({ status: 503, body: { error: { code: 'NOT_READY' } } });
  expect(await ask('/v1/ready')).toMatchObject({ status: 200, body: { ready: true } });
  for (const url of ['/v1/runs', '/v1/gate?run=x', '/metrics', '/nosuch']) {
    const { status, body } = await ask(url, {}, starting);
    expect([status, body.error.code, body.error.retryable]).toEqual([503, 'STARTING', true]);
  }
});

it('a bug inside tells nothing about itself', async () => {
  const { status, body } = await ask('/v1/runs/x');
  expect([status, body.error.code, Value.Check(errorSchema, body)]).toEqual([500, 'INTERNAL', true]);
  expect(JSON.stringify(body)).not.toContain('secret');
});
