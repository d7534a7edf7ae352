// GitHub played by its documented behaviour: a signed deployment_protection_rule webhook, and a callback that is answered later.
// https://docs.github.com/webhooks/webhook-events-and-payloads#deployment_protection_rule
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { Comparator, GithubRule } from '../../../../src/api/comparator.ts';
import { createApi } from '../../../../src/api/server.ts';
import { answerByToken } from '../../../../src/app/github/answer-github.ts';
import { createDeployments } from '../../../../src/app/github/deployments.ts';
import { requireSigned } from '../../../../src/app/github/read-delivery.ts';
import { createSqliteStore } from '../../../../src/io/store/sqlite-store.ts';
import type { Store } from '../../../../src/io/store-port.ts';
import type { Run } from '../../../../src/model.ts';
import type { GateView } from '../../../../src/pipeline/view-types.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { listenOnFreePort } from '../../../support/raw-sockets.ts';

const secret = 'It’s a Secret to Everybody';
const commit = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
const path = '/repos/octo/app/actions/runs/42/deployment_protection_rule';
const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function startGithub(statuses: number[] = []) {
  const told: { path: string; authorization: string; body: unknown }[] = [];
  let heard = (): void => {};
  const server = createServer(async (message, reply) => {
    const parts: Buffer[] = [];
    for await (const part of message) parts.push(part as Buffer);
    const { url = '', headers } = message;
    const body = JSON.parse(Buffer.concat(parts).toString());
    told.push({ path: url, authorization: headers.authorization ?? '', body });
    reply.writeHead(statuses.shift() ?? 204).end();
    heard();
  });
  const port = await listenOnFreePort(server);
  stops.push(() => void server.close());
  const next = () => new Promise<void>((resolve) => (heard = resolve));
  return { url: `http://127.0.0.1:${port}`, told, next };
}

interface Setting {
  readonly api: string;
  readonly store?: Store;
  readonly ref?: string | null;
}

function createRule({ api, store: given, ref = commit }: Setting) {
  const clock = createFakeClock();
  const store = given ?? createSqliteStore({ path: ':memory:', clock, sinks: [], maxSamplesPerArm: 1 });
  if (given === undefined) {
    stops.push(() => store.close());
    const run = { id: 'r1', experiment: 'release', state: 'RUNNING', startedAt: 1, candidate: { ref } };
    store.saveRun(run as unknown as Run);
  }
  const said: { view: object } = { view: { verdict: 'INCONCLUSIVE', final: false } };
  const gate = () => ({ run: 'r1', reasons: ['flip rate 2 %'], override: null, ...said.view }) as unknown as GateView;
  const settings = {
    secretFrom: { from: 'env', name: 'S' },
    tokenFrom: { from: 'env', name: 'T' },
    api,
    experiment: null,
    environments: { production: 'release' },
    commit: 'checked',
    waitMs: 60_000,
  } as const;
  const log = pino({ level: 'silent' });
  const answer = answerByToken(() => 'token');
  const rule = createDeployments({ settings, secret, clock, log, store, gate, answer });
  stops.push(() => rule.stop());
  return { rule, clock, store, said };
}

async function deliver(
  rule: GithubRule,
  payload: object,
  { sign = secret, event = 'deployment_protection_rule' } = {},
) {
  const comparator = { github: rule } as unknown as Comparator;
  const api = await createApi({ comparator, token: 'api-token', version: '0', log: pino({ level: 'silent' }) });
  const body = JSON.stringify(payload);
  const answer = await api.inject({
    method: 'POST',
    url: '/v1/gate/github',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-hub-signature-256': `sha256=${createHmac('sha256', sign).update(body).digest('hex')}`,
    },
    payload: body,
  });
  await api.close();
  return answer.statusCode;
}

const asking = (url: string, more: object = {}) => ({
  action: 'requested',
  environment: 'production',
  event: 'push',
  deployment_callback_url: `${url}${path}`,
  deployment: { sha: commit, ref: 'main' },
  ...more,
});

describe('a deployment protection rule', () => {
  it('the signature is GitHub’s own', () => {
    const known = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const delivery = { event: 'ping', signature: known, body: Buffer.from('Hello, World!') };
    expect(() => requireSigned(delivery, "It's a Secret to Everybody")).not.toThrow();
    expect(() => requireSigned(delivery, 'another')).toThrow(/x-hub-signature-256/);
    expect(() => requireSigned({ ...delivery, signature: '' }, "It's a Secret to Everybody")).toThrow();
  });

  it('is taken at once, held while nothing is decided, and approved on PASS', async () => {
    const github = await startGithub();
    const { rule, clock, said, store } = createRule({ api: github.url });
    expect([await deliver(rule, asking(github.url)), await deliver(rule, asking(github.url))]).toEqual([202, 202]);
    await clock.advance(10_000);
    expect(github.told).toEqual([]);
    said.view = { verdict: 'PASS', final: true };
    const heard = github.next();
    await clock.advance(2000);
    await heard;
    await expect.poll(() => store.heldDeployments()).toEqual([]);
    const comment = 'penumbra: PASS, run r1: flip rate 2 %';
    expect(github.told).toEqual([
      { path, authorization: 'Bearer token', body: { environment_name: 'production', state: 'approved', comment } },
    ]);
  });

  it.each([
    ['FAIL', { verdict: 'FAIL', final: true }, 'rejected'],
    [
      'an open gate that is overridden',
      { verdict: 'FAIL', final: false, override: { by: 'ann', ticket: 'T', reason: 'x', until: 1 } },
      'approved',
    ],
  ])('%s', async (_name, view, state) => {
    const github = await startGithub();
    const { rule, clock, said } = createRule({ api: github.url });
    said.view = view;
    await deliver(rule, asking(github.url));
    const heard = github.next();
    await clock.advance(0);
    await heard;
    expect(github.told).toMatchObject([{ body: { state } }]);
  });

  it('is rejected when its time is over, or no run is about its commit', async () => {
    for (const ref of [commit, 'another', null]) {
      const github = await startGithub();
      const { rule, clock, said } = createRule({ api: github.url, ref });
      if (ref !== commit) said.view = { verdict: 'PASS', final: true };
      await deliver(rule, asking(github.url));
      const heard = github.next();
      await clock.advance(58_000);
      expect(github.told).toEqual([]);
      await clock.advance(2000);
      await heard;
      const comment = expect.stringMatching(ref === commit ? /TIMEOUT/ : /NO_DATA: no run of release .* 6dcb/);
      expect(github.told).toMatchObject([{ body: { state: 'rejected', comment } }]);
    }
  });

  it('nobody else’s word is believed, and nobody else is told', async () => {
    const github = await startGithub();
    const { rule, clock, said, store } = createRule({ api: `${github.url}/api/v3` });
    said.view = { verdict: 'PASS', final: true };
    const good = asking(`${github.url}/api/v3`);
    expect(await deliver(rule, good, { sign: 'guess' })).toBe(401);
    const urls = [
      `${github.url}${path}`,
      `http://evil.example/api/v3${path}`,
      `${github.url}/api/v3/../..${path}`,
      `${github.url}/api/v3${path}?x=1`,
      `${github.url.replace('http://', 'http://a:b@')}/api/v3${path}`,
      42,
    ];
    for (const url of urls) {
      expect(await deliver(rule, { ...good, deployment_callback_url: url }), String(url)).toBe(400);
    }
    expect(await deliver(rule, { ...good, environment: 'staging' })).toBe(400);
    expect(await deliver(rule, good, { event: 'ping' })).toBe(202);
    await clock.advance(5000);
    expect([github.told, store.heldDeployments()]).toEqual([[], []]);
  });

  it('GitHub away for a moment is told again; what it refuses for good is left', async () => {
    const github = await startGithub([503, 502, 204, 404]);
    const { rule, clock, said, store } = createRule({ api: github.url });
    said.view = { verdict: 'PASS', final: true };
    await deliver(rule, asking(github.url));
    for (let tried = 1; tried <= 3; tried += 1) {
      const heard = github.next();
      await clock.advance(10_000);
      await heard;
      await expect.poll(() => store.heldDeployments()[0]?.attempts ?? 3).toBe(tried);
    }
    expect(store.heldDeployments()).toEqual([]);
    await deliver(rule, asking(github.url));
    const heard = github.next();
    await clock.advance(0);
    await heard;
    await expect.poll(() => store.heldDeployments()).toEqual([]);
    expect(github.told).toHaveLength(4);
  });

  it('a comparator that restarts goes on with what was held', async () => {
    const github = await startGithub();
    const before = createRule({ api: github.url });
    await deliver(before.rule, asking(github.url, { installation: { id: 7, node_id: 'x' } }));
    await before.clock.advance(4000);
    before.rule.stop();
    // Read here, so that a deployment that was never written is no silent wait below.
    expect(before.store.heldDeployments()).toMatchObject([
      { environment: 'production', experiment: 'release', commit, installation: 7, attempts: 0, settled: null },
    ]);
    const after = createRule({ api: github.url, store: before.store });
    after.said.view = { verdict: 'PASS', final: true };
    after.rule.start();
    const heard = github.next();
    await after.clock.advance(0);
    await heard;
    expect(github.told).toMatchObject([{ body: { state: 'approved' } }]);
  });
});
