// Secrets of requests and of the config: wherever penumbra writes or tells anything, no canary may be found.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { request } from 'undici';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { freePort } from '../support/free-port.ts';
import { endProcesses } from '../support/penumbra-process.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import {
  configOf,
  exchangeOf,
  makeFolder,
  patient,
  postExchanges,
  quick,
  startServe,
} from '../support/serve-process.ts';
import { answering, type ShadowServer, startShadow } from '../support/shadow-server.ts';

const servers: ShadowServer[] = [];

afterAll(async () => {
  endProcesses();
  await Promise.all(servers.map((server) => server.close()));
});

const canary = (where: string): string => `canary-${where}-7f3a`;
const requestHeaders = {
  authorization: `Bearer ${canary('authorization')}`,
  cookie: `session=${canary('cookie')}`,
  'x-api-key': canary('api-key'),
  'proxy-authorization': canary('proxy'),
  'x-forwarded-user': canary('user'),
};
/** Beside the one declared feature the request carries what nobody declared. */
const undeclared = [{ name: 'note', shape: [1, 1], datatype: 'BYTES', data: [canary('input')] }];
const configSecrets = { SHADOW_KEY: canary('shadow'), HOOK_KEY: canary('hook'), API_TOKEN: canary('token') };

describe('canaries', () => {
  it('in headers, bodies and config are nowhere in store, logs, metrics, API or alerts, nor in what shadows are told', async () => {
    const production = await startShadow(({ body, reply, message }) => {
      reply.setHeader('set-cookie', canary('answer-cookie'));
      answering()({ body, reply, message });
    });
    const shadow = await startShadow(answering({ change: (score) => 1 - score, version: 'v2' }));
    servers.push(production, shadow);
    const alerts: string[] = [];
    const hook = createServer(async (message, reply) => {
      let body = '';
      for await (const part of message.setEncoding('utf8')) body += part;
      alerts.push(`${JSON.stringify(message.headers)} ${body}`);
      reply.end();
    });
    const hookPort = await listenOnFreePort(hook);
    const tapPort = await freePort();
    const folder = makeFolder();
    const config = patient(
      configOf({
        production: production.url,
        more: `inputs: [{name: x, at: x}]
source: {tap: {listen: "127.0.0.1:${tapPort}"}}
alerts: [{webhook: "http://127.0.0.1:${hookPort}/", headers: {authorization: "Bearer \${env:HOOK_KEY}"}}]
api: {listen: "127.0.0.1:0", token: "\${env:API_TOKEN}"}`,
        experiments: `
  steady:
    arms: {candidate: {target: {url: "${shadow.url}", headers: {x-api-key: "\${env:SHADOW_KEY}"}}, deadline: 300ms}}
    expect: {candidate.d: {flip: at most 20%, worse: at most 20%}}
    maxTime: 10m
${quick}
`,
      }),
    );
    const { client, process: comparator } = await startServe(config, { folder, env: configSecrets });
    const withToken = {
      ...client,
      call: (method: string, path: string, body?: unknown) =>
        client.call(method, path, body, { authorization: `Bearer ${configSecrets.API_TOKEN}` }),
    };
    const runsNow = async () => (await withToken.call('GET', '/v1/runs')).body.runs as RunView[];
    await expect.poll(async () => (await runsNow())[0]?.state).toBe('RUNNING');
    await expect.poll(async () => (await withToken.call('GET', '/metrics')).text).toMatch(/^penumbra_tap_up\S* 1$/m);
    const [run] = (await runsNow()) as [RunView];

    await postExchanges(withToken as never, 30, {
      make: () => {
        const one = exchangeOf({ headers: requestHeaders });
        const body = { ...one.request.body, inputs: [...one.request.body.inputs, ...undeclared] };
        const parameters = { key: canary('parameter') };
        return {
          ...one,
          request: { ...one.request, body: { ...body, parameters } },
          answer: { ...one.answer, headers: { 'set-cookie': canary('answer-cookie') } },
        };
      },
    });
    // What cannot be decoded is refused; its words must not reach a log.
    const one = exchangeOf({ headers: requestHeaders });
    await withToken.call('POST', '/v1/exchanges', { ...one, request: { ...one.request, body: canary('garbage') } });
    await withToken.call('POST', '/v1/exchanges', `{"id": "${canary('json')}`);
    for (let sent = 0; sent < 30; sent++) {
      const { request: asked } = exchangeOf();
      const answer = await request(`http://127.0.0.1:${tapPort}${asked.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...requestHeaders, 'x-request-id': `tap-${sent}` },
        body: JSON.stringify({ inputs: [...asked.body.inputs, ...undeclared] }),
      });
      await answer.body.dump();
    }
    // Compared, unless this machine was too slow for its bucket.
    const isSettled = async () => {
      const conservation = (await runsNow())[0]?.conservation;
      const { compared = 0, dropped = {}, inFlight = 1 } = conservation ?? {};
      return inFlight === 0 && compared + (dropped.late ?? 0) === 60;
    };
    await expect.poll(isSettled).toBe(true);
    await expect.poll(() => alerts.length).toBeGreaterThan(0);

    // The check can find something: the shadow and the webhook were told the keys that are theirs.
    expect(alerts[0]).toContain(configSecrets.HOOK_KEY);
    expect(shadow.seen.length).toBeGreaterThan(30);
    for (const { headers, body } of shadow.seen) {
      expect(headers['x-api-key']).toBe(configSecrets.SHADOW_KEY);
      expect(body).toContain(canary('input'));
      const { 'x-api-key': _own, ...others } = headers;
      expect(JSON.stringify(others)).not.toContain('canary');
    }

    const paths = ['/v1/health', '/v1/experiments', '/v1/runs', `/v1/runs/${run.id}`, `/v1/runs/${run.id}/verdicts`];
    const more = [`/v1/runs/${run.id}/samples`, `/v1/gate?run=${run.id}`, '/metrics', '/openapi.json'];
    for (const path of [...paths, ...more]) {
      const { status, text } = await withToken.call('GET', path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).not.toContain('canary');
    }
    const { samples } = (await withToken.call('GET', `/v1/runs/${run.id}/samples`)).body;
    expect(samples.length).toBeGreaterThan(0);
    const told = alerts.map((alert) => alert.replaceAll(configSecrets.HOOK_KEY, ''));
    expect(told.join()).not.toContain('canary');
    const filesNow = (): string[] => readdirSync(folder).filter((name) => name.startsWith('penumbra.db'));
    expect(filesNow()).toContain('penumbra.db-wal');
    for (const name of filesNow()) expect(readFileSync(join(folder, name)).includes('canary')).toBe(false);
    expect(await comparator.end('SIGTERM')).toBe(0);
    for (const name of filesNow()) expect(readFileSync(join(folder, name)).includes('canary')).toBe(false);
    expect(readFileSync(join(folder, 'penumbra.db')).includes('tap-1')).toBe(true);
    expect(comparator.stderr() + comparator.stdout()).not.toContain('canary');
    expect(comparator.stderr()).toContain('VIOLATED');
    hook.close();
  });
});
