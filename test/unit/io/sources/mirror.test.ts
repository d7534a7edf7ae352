// A mirror's requests on real HTTP: any method and path, answered at once; what is joined, what asks a control, and what is left out.
import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Source } from '../../../../src/io/ports.ts';
import { mirror } from '../../../../src/io/sources/mirror.ts';
import type { Headers } from '../../../../src/model.ts';
import { listenOnFreePort } from '../../../support/raw-sockets.ts';
import { createSourceBench, mirrorOptions, post } from '../../../support/source-bench.ts';
import { until } from '../../../support/tap-bench.ts';

const sources: Source[] = [];
const servers: Server[] = [];

afterEach(async () => {
  for (const source of sources.splice(0)) await source.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function open(options: Partial<Parameters<typeof mirror.create>[0]> = {}) {
  const bench = createSourceBench();
  const source = mirror.create({ ...mirrorOptions, ...options })(bench.deps);
  await bench.join.start(bench.deliver);
  await source.start(bench.deliver);
  sources.push(source);
  const port = bench.ports.at(-1) as number;
  const send = async (path: string, headers: Headers = {}, { method = 'POST', body = '{"inputs":[]}' } = {}) => {
    const sent = httpRequest({ port, path, method, headers });
    sent.end(body);
    const [answer] = await once(sent, 'response');
    let text = '';
    for await (const part of answer.setEncoding('utf8')) text += part;
    return { status: answer.statusCode as number, text };
  };
  return { ...bench, source, port, send };
}

const infer = '/v2/models/m/infer';
const id = { 'x-request-id': 'r1' };

describe('what a mirror sends', () => {
  // The headers of a shadowed request as Envoy sends it.
  it('is taken on the path it had, with the host that production has', async () => {
    const { send, source, delivered, ...bench } = await open();
    const envoy = {
      host: 'flight-delay-shadow:80',
      'x-forwarded-for': '10.0.0.7',
      'x-envoy-internal': 'true',
      'x-envoy-expected-rq-timeout-ms': '15000',
      'x-forwarded-proto': 'http',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      ...id,
    };
    expect(await send(`${infer}?x=1`, envoy)).toEqual({ status: 204, text: '' });
    const answer = { id: 'r1', latencyMs: 4, status: 200, body: { outputs: [] } };
    expect(await post(source, { ...bench, delivered }, { body: JSON.stringify(answer) })).toEqual({
      status: 202,
      body: { id: 'r1', fate: 'joined' },
    });
    expect(delivered).toMatchObject([
      {
        sourceId: 'r1',
        latencyMs: 4,
        request: { path: `${infer}?x=1`, headers: { host: 'flight-delay:80', 'x-envoy-internal': 'true' } },
        answer: { status: 200 },
      },
    ]);
  });

  it.each([
    ['model-shadow', 'model'],
    ['model-shadow:8080', 'model:8080'],
    ['model', 'model'],
    ['shadow-model:80', 'shadow-model:80'],
    ['[::1]:80', '[::1]:80'],
  ])('host %s is production’s %s', async (host, original) => {
    const { send, delivered, join } = await open();
    await send(infer, { host, ...id });
    join.answer({
      key: 'r1',
      answeredAt: 0,
      latencyMs: 1,
      answer: { status: 200, headers: {}, body: new Uint8Array() },
    });
    expect(delivered[0]?.request.headers.host).toBe(original);
  });

  it('a prefix is taken off, and what is not below it is not ours', async () => {
    const { send, delivered, join, source } = await open({ prefix: '/mirrored' });
    await send(`/mirrored${infer}`, id);
    for (const path of [infer, '/mirroredd/x', '/']) await send(path, id);
    join.answer({
      key: 'r1',
      answeredAt: 0,
      latencyMs: 1,
      answer: { status: 200, headers: {}, body: new Uint8Array() },
    });
    expect(delivered[0]?.request.path).toBe(infer);
    expect(source.seen?.()).toMatchObject({ requests: 4, elsewhere: 3 });
  });

  it('any method and path has an answer; only calls wait for one', async () => {
    const { send, source, join } = await open();
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect((await send('/healthz', {}, { method, body: '' })).status).toBe(204);
    }
    await send(infer);
    expect(source.seen?.()).toMatchObject({ requests: 7, not_inference: 6 });
    expect(source.losses()).toMatchObject({ no_id: 1 });
    expect(join.seen?.()).toMatchObject({ waiting: 0 });
  });

  it('penumbra’s own calls are dropped, and told to whoever looks for loops', async () => {
    const { send, source, ownCalls, join } = await open();
    await send(infer, { 'x-shadow': 'run/arm', 'x-request-id': 'r1' });
    await send(infer, { 'x-request-id': 'shadow-r1' });
    await send('/v2/health/ready', { 'x-shadow': 'probe http://shadow:1' }, { method: 'GET', body: '' });
    expect(source.seen?.()).toMatchObject({ own_call: 3 });
    expect(ownCalls.map((headers) => headers['x-shadow'])).toEqual(['run/arm', undefined, 'probe http://shadow:1']);
    expect(join.seen?.()).toMatchObject({ waiting: 0 });
  });

  it('a body beyond the limit is answered, counted, and held by nobody', async () => {
    const { send, source } = await open({ maxBodyBytes: 1000 });
    const long = await send(infer, id, { body: 'x'.repeat(100_000) });
    expect(long.status).toBe(413);
    expect(JSON.parse(long.text).error.code).toBe('BODY_TOO_LARGE');
    expect(source.losses()).toMatchObject({ too_large: 1 });
    expect((await send(infer, id)).status).toBe(204);
  });

  it('a message cut short is counted, and nothing of it is taken', async () => {
    const { source, port, join } = await open();
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(`POST ${infer} HTTP/1.1\r\nhost: m\r\nx-request-id: cut\r\ncontent-length: 100\r\n\r\n{"inputs"`);
    await once(socket, 'connect');
    socket.end();
    await until(() => source.losses().broken === 1);
    expect(join.seen?.()).toMatchObject({ waiting: 0 });
  });
});

describe('the answer of a control', () => {
  async function openControl(answer: (path: string, headers: Headers) => number | null, limits = {}) {
    const asked: { path: string; headers: Headers }[] = [];
    const server = createServer((request, response) => {
      asked.push({ path: request.url ?? '', headers: request.headers as Headers });
      const status = answer(request.url ?? '', request.headers as Headers);
      if (status !== null) response.writeHead(status, { 'content-type': 'application/json' }).end('{"outputs":[]}');
    });
    servers.push(server);
    const url = `http://127.0.0.1:${await listenOnFreePort(server)}`;
    const control = { url, maxRequestsPerSecond: 100, maxInFlight: 8, deadlineMs: 2000, ...limits };
    return { asked, ...(await open({ control })) };
  }

  it('is taken for production’s, whatever its status, and asked with marks and without secrets', async () => {
    const { asked, delivered, send, source } = await openControl((path) => (path.includes('bad') ? 500 : 200));
    await send(infer, {
      ...id,
      authorization: 'Bearer production’s'.replace('’', ''),
      'content-type': 'application/json',
    });
    await send(infer.replace('m/', 'bad/'), { 'x-request-id': 'r2' });
    await until(() => delivered.length === 2);
    expect(delivered.map(({ answer }) => answer.status).sort()).toEqual([200, 500]);
    expect(asked[0]?.headers).toMatchObject({ 'x-shadow': 'mirror/control', 'x-request-id': 'shadow-r1' });
    expect(asked[0]?.headers.authorization).toBeUndefined();
    expect(source.routes).toBeUndefined();
    expect(delivered[0]?.request.headers['x-request-id']).toBe('r1');
  });

  it('is asked within its rate; what is beyond is counted', async () => {
    const { asked, send, source, delivered } = await openControl(() => 200, { maxRequestsPerSecond: 3 });
    for (let index = 0; index < 10; index++) await send(infer, { 'x-request-id': `r${index}` });
    await until(() => delivered.length === 3);
    expect(source.losses()).toMatchObject({ control_limit: 7, control_failed: 0 });
    expect(asked).toHaveLength(3);
  });

  it('calls are not asked of it while paused, and those under way are cut', async () => {
    const { asked, delivered, send, source } = await openControl(() => null);
    await send(infer, id);
    await until(() => asked.length === 1);
    source.pause?.();
    await send(infer, { 'x-request-id': 'r2' });
    expect(source.seen?.()).toMatchObject({ paused: 1 });
    source.resume?.();
    await send(infer, { 'x-request-id': 'r3' });
    await until(() => asked.length === 2);
    expect(delivered).toEqual([]);
    expect(source.losses()).toMatchObject({ control_failed: 0 });
  });

  it('that is not there costs nothing but a count', async () => {
    const { send, source } = await open({
      control: { url: 'http://127.0.0.1:1', maxRequestsPerSecond: 10, maxInFlight: 1, deadlineMs: 500 },
    });
    expect((await send(infer, id)).status).toBe(204);
    await until(() => source.losses().control_failed === 1);
  });
});

it('an address that is taken is said', async () => {
  const { port } = await open();
  const again = mirror.create({ ...mirrorOptions, listen: `127.0.0.1:${port}` })(createSourceBench().deps);
  await expect(again.start(() => undefined)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
});
