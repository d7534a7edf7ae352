// nginx's own `mirror` in front of a model: the comparator gets the requests from nginx and production's answers from the service, or asks
// a replica; and a shadow that stands behind the very same mirror is found at the start of its run.
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { hasNginx, type Nginx, startNginx } from '../support/nginx.ts';
import { arm, type Client, type Comparator, configOf, quick, startServe } from '../support/serve-process.ts';
import { answering, answerOf, type ShadowServer, scoreIn, startShadow } from '../support/shadow-server.ts';

if (!hasNginx) console.warn('SKIPPED: nginx’s mirror: nginx is not installed (apt-get install nginx-light)');

const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startModel(change?: (score: number) => number): Promise<ShadowServer> {
  const server = await startShadow(answering(change === undefined ? {} : { change }));
  closing.push(server.close);
  return server;
}

/** In front of production, with an id for every request; what it mirrors goes to `mirrorPort`. */
async function startProxy(production: ShadowServer, mirrorPort: number): Promise<Nginx> {
  const nginx = await startNginx(
    () => `
    proxy_set_header X-Request-Id $request_id;
    location / { mirror /_mirror; proxy_pass ${production.url}; }
    location = /_mirror { internal; proxy_pass http://127.0.0.1:${mirrorPort}$request_uri; }`,
  );
  closing.push(nginx.stop);
  return nginx;
}

async function serve(mirror: string, arms: string, expectation: string): Promise<Comparator> {
  const served = await startServe(
    configOf({
      more: `source: {mirror: ${mirror}, join: {within: 5s}}`,
      experiments: `  behind:\n    arms: ${arms}\n    expect: {${expectation}}\n    start: on request\n${quick}`,
    }),
  );
  closing.push(() => served.process.end('SIGTERM'));
  return served;
}

async function ask(nginx: Nginx, score: number): Promise<number> {
  const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP64', data: [score] }] });
  const path = '/v2/models/m/infer';
  const sent = httpRequest({ port: nginx.port, path, method: 'POST', headers: { 'content-type': 'application/json' } });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  answer.resume();
  await once(answer, 'end');
  return answer.statusCode as number;
}

const sourcesOf = async (client: Client) => (await client.call('GET', '/v1/health')).body;
const scores = Array.from({ length: 60 }, (_, index) => (index % 2 === 0 ? 0.2 : 0.8) + index * 1e-6);

describe.skipIf(!hasNginx)('nginx’s mirror', () => {
  it('with the answers told by the service: every request is compared once, and nothing stays alone', async () => {
    const mirrorPort = await freePort();
    const [production, shadow] = [await startModel(), await startModel((score) => (score > 0.5 ? 1 - score : score))];
    const { client } = await serve(
      `{listen: "127.0.0.1:${mirrorPort}"}`,
      `{fresh: ${arm(shadow.url)}}`,
      'fresh.d: {flip: at most 50%}',
    );
    // A service that tells what it answered: the answer may be told before nginx has mirrored the request, or after.
    const told: Promise<unknown>[] = [];
    production.behave = ({ body, reply, message }) => {
      const text = answerOf(scoreIn(body));
      reply.setHeader('content-type', 'application/json');
      reply.end(text);
      const id = message.headers['x-request-id'];
      told.push(client.call('POST', '/v1/answers', { id, latencyMs: 3, status: 200, body: JSON.parse(text) }));
    };
    const nginx = await startProxy(production, mirrorPort);
    const { id } = await client.startRun('behind');
    for (const score of scores) expect(await ask(nginx, score)).toBe(200);
    await Promise.all(told);
    // Compared, unless this machine was too slow for its bucket; lost on the way to here is none.
    const run = await client.until(id, ({ conservation }) => conservation.received === scores.length);
    expect(run.conservation.skipped.duplicate).toBeUndefined();
    const { sources, seen } = await sourcesOf(client);
    expect(seen.join).toEqual({ joined: scores.length, waiting: 0, waiting_bytes: 0 });
    expect(seen.mirror).toMatchObject({ requests: scores.length, own_call: 0 });
    for (const [name, losses] of Object.entries<object>(sources)) {
      expect([name, Object.values(losses).filter((count) => count !== 0)]).toEqual([name, []]);
    }
    expect(new Set(shadow.seen.map(({ id: asked }) => asked)).size).toBe(shadow.seen.length);
    // The shadow's own copies have an id of ours over production's.
    expect(shadow.seen.every(({ id: asked }) => /^shadow-[0-9a-f]{32}$/.test(asked))).toBe(true);
  });

  it('with a replica of production asked for the answer', async () => {
    const mirrorPort = await freePort();
    const [production, twin, shadow] = [await startModel(), await startModel(), await startModel()];
    const { client } = await serve(
      `{listen: "127.0.0.1:${mirrorPort}", answer: {control: "${twin.url}", requests: 500 per second}}`,
      `{fresh: ${arm(shadow.url)}}`,
      'fresh.d: {flip: at most 1%}',
    );
    const nginx = await startProxy(production, mirrorPort);
    const { id } = await client.startRun('behind');
    for (const score of scores) await ask(nginx, score);
    await client.until(id, ({ conservation }) => conservation.received === scores.length);
    expect(twin.seen).toHaveLength(scores.length);
    expect(twin.seen[0]?.headers['x-shadow']).toBe('mirror/control');
    expect(production.seen).toHaveLength(scores.length);
  });

  it('a shadow behind the same mirror is a loop: its run is refused in words before anything is compared', async () => {
    const mirrorPort = await freePort();
    const production = await startModel();
    const nginx = await startProxy(production, mirrorPort);
    const { client } = await serve(
      `{listen: "127.0.0.1:${mirrorPort}"}`,
      `{fresh: ${arm(nginx.url)}}`,
      'fresh.d: {flip: at most 1%}',
    );
    const { body } = await client.call('POST', '/v1/runs', { experiment: 'behind' });
    const run = await client.until(body.id, ({ state }) => state === 'ABORTED');
    expect(run.endReason).toMatch(
      /^loop: what it sends to the arm "fresh" comes back through a source; let the mirror/,
    );
    expect(run.conservation.compared).toBe(0);
    expect((await sourcesOf(client)).seen.mirror.own_call).toBeGreaterThan(0);
  });
});
