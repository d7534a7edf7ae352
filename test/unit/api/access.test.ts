// Which token may do what: every route with every scope, from the routes themselves.
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createAccess, requireScope, scopes } from '../../../src/api/access.ts';
import type { Comparator } from '../../../src/api/comparator.ts';
import { acts } from '../../../src/api/route-scopes.ts';
import { createApi } from '../../../src/api/server.ts';
import { allSourceRoutes } from '../../support/source-bench.ts';

/** Whatever is asked of it, it was asked: only who may ask is looked at here. */
const comparator = new Proxy({}, { get: () => () => ({}) }) as unknown as Comparator;
const tokens = scopes.map((scope) => ({ scope, token: `to-${scope}` }));
const withTokens = () =>
  createApi({
    comparator,
    token: null,
    tokens,
    version: '0',
    log: pino({ level: 'silent' }),
    sources: allSourceRoutes(),
  });

/** Their callers send the token in the body, or sign it. */
const asksItself = (path: string) => path.startsWith('/v1/gate/flagger') || path === '/v1/gate/github';

describe('scopes', () => {
  it('every route that changes something says which one it needs', async () => {
    const api = await withTokens();
    const { paths } = (await api.inject({ url: '/openapi.json', headers: { authorization: 'Bearer to-read' } })).json();
    const posts = Object.keys(paths).filter((path) => Object.keys(paths[path]).some((method) => method !== 'get'));
    const routes = posts.map((path) => path.replace(/\{(\w+)\}/g, ':$1'));
    expect(routes.filter((path) => !asksItself(path) && acts[path] === undefined)).toEqual([]);
    expect(routes.length).toBe((api.printRoutes({ commonPrefix: false }).match(/POST|PUT|PATCH|DELETE/g) ?? []).length);
    await api.close();
  });

  it('a token does what its scope says, and no more', async () => {
    const api = await withTokens();
    const statusOf = async (method: 'GET' | 'POST', url: string, token: string) => {
      const headers = {
        authorization: `Bearer ${token}`,
        ...(method === 'POST' && { 'content-type': 'application/json' }),
      };
      const payload = method === 'POST' ? '{"no": "such member"}' : undefined;
      const answer = await api.inject({ method, url, headers, ...(payload && { payload }) });
      return [401, 403].includes(answer.statusCode) ? answer.json().error.code : 'let through';
    };
    const mounted = Object.entries(acts).filter(([path]) => api.hasRoute({ method: 'POST', url: path }));
    expect(mounted.length).toBeGreaterThan(11);
    for (const [path, needed] of [['/v1/runs', 'read'] as const, ...mounted]) {
      const method = needed === 'read' ? 'GET' : 'POST';
      const url = path.replace(':id', 'x');
      for (const scope of scopes) {
        const isWide = scopes.indexOf(scope) >= scopes.indexOf(needed);
        const said = [path, scope, await statusOf(method, url, `to-${scope}`)];
        expect(said).toEqual([path, scope, isWide ? 'let through' : 'SCOPE_REQUIRED']);
      }
      expect(await statusOf(method, url, 'to-nothing')).toBe('UNAUTHORIZED');
    }
    await api.close();
  });

  it('one token alone may do everything, and says so', async () => {
    const api = await createApi({ comparator, token: 'all', version: '0', log: pino({ level: 'silent' }) });
    const ask = (authorization: string) => api.inject({ url: '/v1/access', headers: { authorization } });
    expect((await ask('Bearer all')).json()).toEqual({ scope: 'approve' });
    expect((await ask('Bearer ')).statusCode).toBe(401);
    await api.close();
  });

  it('Flagger, which can send no header, is held to the same', async () => {
    const api = await withTokens();
    const ask = async (path: string, token: string) => {
      const payload = { name: 'n', namespace: 'n', phase: 'Progressing', metadata: { token } };
      return (await api.inject({ method: 'POST', url: path, payload })).json().error?.code;
    };
    expect(await ask('/v1/gate/flagger', 'to-read')).toBe('USAGE');
    expect(await ask('/v1/gate/flagger', 'other')).toBe('UNAUTHORIZED');
    expect(await ask('/v1/gate/flagger/start', 'to-read')).toBe('SCOPE_REQUIRED');
    expect(await ask('/v1/gate/flagger/start', 'to-operate')).toBe('USAGE');
    await api.close();
  });

  it('what takes back a "no" is for those who approve, and for nobody else', () => {
    const approved = Object.keys(acts).filter((path) => acts[path] === 'approve');
    expect(approved.sort()).toEqual(['/v1/gate/override', '/v1/kill/release', '/v1/runs/:id/retry']);
    expect(acts['/v1/kill']).toBe('operate');
  });

  it('one token for two scopes is refused, and none is nobody', () => {
    const twice = scopes.map((scope) => ({ scope, token: 'same' }));
    expect(() => createAccess(twice)).toThrow('another token for each scope');
    expect(() => requireScope(null, { needed: 'read', where: 'x' })).toThrow('a valid bearer token');
    expect(createAccess([]).isAsked).toBe(false);
  });
});
