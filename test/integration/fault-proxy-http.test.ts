// The fault proxy between real HTTP clients and servers: without faults not a byte differs, and every fault does what it says.
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { alsoClose, closeProxies, httpUpstream, proxyTo } from '../support/fault-proxy.ts';
import { openRawClient, type RawServer, startRawServer } from '../support/raw-sockets.ts';

afterEach(closeProxies);

const agent = new Agent({ keepAlive: true, maxSockets: 50 });

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
  readonly tookMs: number;
}

async function get(
  port: number,
  path = '/',
  options: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { method = 'GET', body, headers = {} } = options;
  const startedMs = performance.now();
  const asked = request({ port, host: '127.0.0.1', path, method, headers, agent });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of answer.setEncoding('utf8')) text += chunk;
  return { status: answer.statusCode ?? 0, body: text, headers: answer.headers, tookMs: performance.now() - startedMs };
}

const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => 'answered',
    (thrown: { code?: string }) => thrown.code ?? String(thrown),
  );

async function echo() {
  let calls = 0;
  const upstream = await httpUpstream((asked, answer) => {
    calls++;
    let body = '';
    asked.setEncoding('utf8').on('data', (text) => {
      body += text;
    });
    asked.on('end', () => answer.end(JSON.stringify({ path: asked.url, body, call: calls })));
  });
  return { ...upstream, calls: () => calls };
}

describe('without faults', () => {
  /** What the client of a scripted server reads, direct or through the proxy. */
  async function transcripts(
    server: RawServer,
    port: number,
    requests: readonly string[],
  ): Promise<{ read: string; sent: string; end: string | null }> {
    const before = server.ends.length;
    const client = await openRawClient(port);
    for (const text of requests) {
      await client.writeBytewise(text.slice(0, 20));
      await client.write(text.slice(20));
    }
    await client.left();
    client.socket.destroy();
    return {
      read: client.transcript.bytes,
      sent: server.ends[before]?.transcript.bytes ?? '',
      end: client.transcript.end,
    };
  }

  const last = 'GET /last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
  const done = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok';
  const cases: readonly (readonly [what: string, request: string, answer: string])[] = [
    [
      'odd case and blanks',
      'GET /a?b=%20&c HTTP/1.1\r\nhOST:x\r\nX-Empty:\r\nX-Pad: \t a \t\r\n\r\n',
      'HTTP/1.1 200 Very OK\r\ncontent-LENGTH:   5 \r\nX:\r\n\r\nhello',
    ],
    ['empty lines in front', '\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 204 No Content\r\n\r\n'],
    [
      'chunks both ways',
      'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;e="x"\r\nhello\r\n00\r\nX-Trailer: 1\r\n\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nChecksum: 1\r\n\r\n',
    ],
    ['HEAD with a length', 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'],
    [
      '304 with a length',
      'GET / HTTP/1.1\r\nHost: x\r\nIf-None-Match: "1"\r\n\r\n',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n',
    ],
    [
      'early hints first',
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    ],
    ['no reason phrase', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 'HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n'],
    [
      'a folded answer line',
      'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
      'HTTP/1.1 200 OK\r\nX: 1\r\n  2\r\nContent-Length: 1\r\n\r\nx',
    ],
    [
      'absolute form and * ',
      'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n',
    ],
    [
      'bytes above 127',
      'POST / HTTP/1.1\r\nHost: x\r\nX: \xe9\xff\r\nContent-Length: 3\r\n\r\n\x00\xff\r',
      'HTTP/1.1 200 \xe9\r\nX: \xfe\r\nContent-Length: 4\r\n\r\n\r\n\r\n',
    ],
  ];

  it.each(cases)('%s pass byte for byte', async (_what, asked, answer) => {
    const server = await startRawServer(async (end) => {
      await end.saw(asked.length);
      await end.writeBytewise(answer.slice(0, 30));
      await end.write(answer.slice(30));
      await end.saw('/last HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await end.write(done);
      end.socket.end();
    });
    alsoClose(server.close);
    const proxy = await proxyTo(server.port);
    const direct = await transcripts(server, server.port, [asked, last]);
    const through = await transcripts(server, proxy.port, [asked, last]);
    expect(through).toEqual(direct);
    expect(through).toEqual({ read: answer + done, sent: asked + last, end: 'fin' });
  });

  it('an answer that ends with the connection passes, and so does HTTP/1.0', async () => {
    const answer = 'HTTP/1.0 200 OK\r\n\r\nuntil the end';
    const server = await startRawServer(async (end) => {
      await end.saw('\r\n\r\n');
      await end.write(answer);
      end.socket.end();
    });
    alsoClose(server.close);
    const proxy = await proxyTo(server.port);
    const through = await transcripts(server, proxy.port, ['GET / HTTP/1.0\r\n\r\n']);
    expect(through).toEqual({ read: answer, sent: 'GET / HTTP/1.0\r\n\r\n', end: 'fin' });
  });

  it('pipelined requests are asked one after the other and answered in order', async () => {
    const { port } = await echo();
    const proxy = await proxyTo(port);
    const client = await openRawClient(proxy.port);
    const paths = Array.from({ length: 20 }, (_, n) => `/p${n}`);
    await client.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
    await client.saw('/p19');
    expect([...client.transcript.bytes.matchAll(/"path":"([^"]+)"/g)].map(([, path]) => path)).toEqual(paths);
    client.socket.destroy();
  });

  it('100-continue and an upgrade work as without it', async () => {
    const server = await startRawServer(async (end) => {
      await end.saw('Expect: 100-continue\r\n\r\n');
      await end.write('HTTP/1.1 100 Continue\r\n\r\n');
      await end.saw('body!');
      await end.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      await end.saw('Upgrade: raw\r\n\r\n');
      await end.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      await end.saw('not HTTP at all');
      await end.write('nor is this');
      end.socket.end();
    });
    alsoClose(server.close);
    const proxy = await proxyTo(server.port);
    const client = await openRawClient(proxy.port);
    await client.write('PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n');
    await client.saw('100 Continue\r\n\r\n');
    await client.write('body!');
    await client.saw('200 OK');
    await client.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n');
    await client.saw('101 Switching');
    await client.write('not HTTP at all');
    await client.saw('nor is this');
    await client.left();
    expect(client.transcript.end).toBe('fin');
    client.socket.end();
    expect(proxy.state().tunnels).toBe(1);
  });

  it('a large body passes whole both ways, to a slow reader too', async () => {
    const { port } = await httpUpstream((asked, answer) => asked.pipe(answer));
    const proxy = await proxyTo(port);
    const body = 'penumbra '.repeat(1_000_000);
    const answer = await get(proxy.port, '/', { method: 'POST', body });
    expect(answer.body === body).toBe(true);
  });

  it('what cannot be framed is refused, never passed on', async () => {
    const { port, calls } = await echo();
    const proxy = await proxyTo(port);
    const client = await openRawClient(proxy.port);
    await client.write('POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
    await client.left();
    expect(client.transcript.bytes).toMatch(/^HTTP\/1\.1 400 /);
    expect(calls()).toBe(0);
    expect(proxy.state().calls.outcomes.unreadable).toBe(1);
  });

  it('an upstream that closes an idle connection closes it for the client too', async () => {
    const server = await startRawServer(async (end) => {
      await end.saw('\r\n\r\n');
      await end.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      end.socket.end();
    });
    alsoClose(server.close);
    const proxy = await proxyTo(server.port);
    const client = await openRawClient(proxy.port);
    await client.write('GET / HTTP/1.1\r\n\r\n');
    await client.left();
    expect(client.transcript.end).toBe('fin');
    client.socket.destroy();
  });

  it('an upstream that is not there looks like a connection that breaks', async () => {
    const proxy = await proxyTo(1);
    expect(await codeOf(get(proxy.port))).toBe('ECONNRESET');
    expect(proxy.state().calls).toMatchObject({ total: 1, availability: 0, outcomes: { connect: 1 } });
  });
});

describe('faults', () => {
  it('latency holds the request back, and removing it lets go what is held', async () => {
    const { port } = await echo();
    const proxy = await proxyTo(port);
    proxy.fault({ latency: '120ms' });
    expect((await get(proxy.port)).tookMs).toBeGreaterThan(119);
    proxy.fault({ latency: '1h', atMost: '1h' });
    const held = get(proxy.port);
    await expect.poll(() => proxy.state().calls.faulted).toBe(2);
    proxy.removeFaults();
    expect((await held).status).toBe(200);
  });

  it('timeout never answers; the upstream is not asked; removing it lets the call go on', async () => {
    const { port, calls } = await echo();
    const proxy = await proxyTo(port);
    proxy.fault({ timeout: '50ms' });
    expect(await codeOf(get(proxy.port))).toBe('ECONNRESET');
    proxy.fault({ timeout: 'never' });
    const silent = get(proxy.port);
    const leaving = await openRawClient(proxy.port);
    await leaving.write('GET / HTTP/1.1\r\n\r\n');
    await expect.poll(() => proxy.state().calls.faulted).toBe(3);
    leaving.socket.destroy();
    await expect.poll(() => proxy.state().calls.outcomes.silent).toBe(2);
    expect(calls()).toBe(0);
    proxy.removeFaults();
    expect((await silent).status).toBe(200);
  });

  it('reset breaks before the upstream is asked, or within the answer', async () => {
    const { port, calls } = await echo();
    const proxy = await proxyTo(port);
    proxy.fault({ reset: 'request' });
    expect(await codeOf(get(proxy.port))).toBe('ECONNRESET');
    expect(calls()).toBe(0);
    proxy.fault({ reset: 'answer' });
    const client = await openRawClient(proxy.port);
    await client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.left();
    // How the end shows is the reader's system's matter when data and RST come together; half a head came before it.
    expect(client.transcript.bytes).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(client.transcript.bytes).not.toContain('\r\n\r\n');
    expect(calls()).toBe(1);
    expect(proxy.state().calls.outcomes.reset).toBe(2);
  });

  it('status answers without asking, keeps the connection and knows HEAD', async () => {
    const { port, calls } = await echo();
    const proxy = await proxyTo(port);
    proxy.fault({ status: 503, body: '{"error": "overloaded"}' });
    const client = await openRawClient(proxy.port);
    await client.write(
      'POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nbodyHEAD /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\nConnection: close\r\n\r\n',
    );
    await client.left();
    const [, one = '', two = '', three = ''] = client.transcript.bytes.split('HTTP/1.1 503 Service Unavailable\r\n');
    expect(one).toMatch(/content-length: 23[\s\S]*overloaded/);
    expect(two).not.toContain('overloaded');
    expect(three).toContain('connection: close');
    expect(calls()).toBe(0);
    expect(proxy.state().calls.outcomes.error_status).toBe(3);
  });

  it('stale gives what was answered before, asks all the same, and leaves unknown requests alone', async () => {
    const { port, calls } = await echo();
    const proxy = await proxyTo(port);
    const first = await get(proxy.port, '/a');
    proxy.fault({ stale: '0ms' });
    const again = await get(proxy.port, '/a');
    expect(again.body).toBe(first.body);
    expect(calls()).toBe(2);
    const unknown = await get(proxy.port, '/b');
    expect(JSON.parse(unknown.body)).toMatchObject({ path: '/b', call: 3 });
    expect(proxy.state().faults[0]).toMatchObject({ calls: 2, selected: 1, achievedShare: 0.5 });
    proxy.fault({ stale: '1h' });
    expect(JSON.parse((await get(proxy.port, '/a')).body).call).toBe(4);
  });

  it('corrupt damages the body and not the framing', async () => {
    const { port } = await httpUpstream((_asked, answer) => {
      answer.write('{"a": 12.5,');
      answer.end(' "b": -3}');
    });
    const proxy = await proxyTo(port);
    proxy.fault({ corrupt: 'digits' });
    expect(JSON.parse((await get(proxy.port)).body)).toEqual({ a: 87.4, b: -6 });
    proxy.fault({ corrupt: 'bits' });
    const damaged = await get(proxy.port);
    expect(damaged.status).toBe(200);
    expect(damaged.body).toHaveLength(20);
    expect(damaged.body).not.toBe('{"a": 12.5, "b": -3}');
    proxy.fault({ corrupt: 'cut' });
    expect(await codeOf(get(proxy.port))).toBe('ECONNRESET');
  });

  it('bandwidth slows the answer to its rate, and lets go when removed', async () => {
    const { port } = await httpUpstream((_asked, answer) => answer.end(Buffer.alloc(20_000, 'x')));
    const proxy = await proxyTo(port);
    proxy.fault({ bandwidth: '100kB per second' });
    const slow = await get(proxy.port);
    expect(slow.body).toHaveLength(20_000);
    expect(slow.tookMs).toBeGreaterThan(195);
    proxy.fault({ bandwidth: '10B per second' });
    const held = get(proxy.port);
    await expect.poll(() => proxy.state().calls.faulted).toBe(2);
    proxy.removeFaults();
    expect((await held).body).toHaveLength(20_000);
  });

  it('slowClose passes the end of the connection on late', async () => {
    const { port } = await httpUpstream((_asked, answer) => answer.writeHead(200, { connection: 'close' }).end('x'));
    const proxy = await proxyTo(port);
    proxy.fault({ slowClose: '100ms' });
    const client = await openRawClient(proxy.port);
    // From the question on: a busy machine may read the answer long after it came.
    const startedMs = performance.now();
    await client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await client.saw('\r\n\r\n');
    await client.left();
    expect(performance.now() - startedMs).toBeGreaterThan(99);
    client.socket.destroy();
  });

  it('failFirst fails the first calls, then all is well', async () => {
    const { port } = await echo();
    const proxy = await proxyTo(port);
    proxy.fault({ failFirst: 2, as: 'status' });
    const statuses = [];
    for (let n = 0; n < 4; n++) statuses.push((await get(proxy.port)).status);
    expect(statuses).toEqual([503, 503, 200, 200]);
  });

  it('a share by key hits the same keys every time', async () => {
    const { port } = await echo();
    const proxy = await proxyTo(port);
    proxy.fault({ status: 500, share: '40%', key: '/features/{key}' });
    const keys = Array.from({ length: 60 }, (_, n) => `k${n}`);
    const hit = async () => {
      const statuses = await Promise.all(keys.map((key) => get(proxy.port, `/features/${key}`)));
      return statuses.map(({ status }) => status);
    };
    const first = await hit();
    expect(await hit()).toEqual(first);
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect((await get(proxy.port, '/health')).status).toBe(200);
    expect(proxy.state().faults[0]?.achievedShare).toBe(first.filter((status) => status === 500).length / 60);
  });

  it('add up: the delay of one, the status of the other', async () => {
    const { port } = await echo();
    const proxy = await proxyTo(port);
    proxy.fault({ latency: '60ms' }, { latency: '50ms' }, { status: 504 });
    const answer = await get(proxy.port);
    expect(answer.status).toBe(504);
    expect(answer.tookMs).toBeGreaterThan(109);
  });
});

describe('failover', () => {
  const two = async () => {
    const [fast, slow] = [await httpUpstream((_q, a) => a.end('fast')), await httpUpstream((_q, a) => a.end('slow'))];
    return proxyTo(fast.port, { standby: { host: '127.0.0.1', port: slow.port } });
  };

  it('goes to the standby by count, and back when removed', async () => {
    const proxy = await two();
    proxy.fault({ failover: 'never', at: 3, inFlight: 'drain' });
    const bodies = [];
    for (let n = 0; n < 4; n++) bodies.push((await get(proxy.port)).body);
    expect(bodies).toEqual(['fast', 'fast', 'slow', 'slow']);
    expect(proxy.state()).toMatchObject({ active: 'standby', failovers: 1 });
    proxy.removeFaults();
    expect((await get(proxy.port)).body).toBe('fast');
    expect(proxy.state().active).toBe('upstream');
  });

  it('goes by time, and resets or drains what is under way at the lost one', async () => {
    for (const inFlight of ['reset', 'drain']) {
      let answerSlow: (() => void) | null = null;
      const upstream = await httpUpstream((asked, answer) => {
        if (asked.url === '/slow') answerSlow = () => answer.end('late');
        else answer.end('fast');
      });
      const standby = await httpUpstream((_asked, answer) => answer.end('standby'));
      const proxy = await proxyTo(upstream.port, { standby: { host: '127.0.0.1', port: standby.port } });
      const under = get(proxy.port, '/slow').then(
        ({ body }) => body,
        (thrown: { code: string }) => thrown.code,
      );
      await expect.poll(() => answerSlow).not.toBeNull();
      proxy.fault({ failover: '60ms', inFlight });
      await expect.poll(() => proxy.state().active).toBe('standby');
      (answerSlow as (() => void) | null)?.();
      expect(await under).toBe(inFlight === 'reset' ? 'ECONNRESET' : 'late');
      expect((await get(proxy.port)).body).toBe('standby');
      expect(proxy.state().calls.outcomes.reset).toBe(inFlight === 'reset' ? 1 : 0);
    }
  });
});

describe('caps and counts', () => {
  it('refuse what is over the rate or over the calls under way, with 503 and a reason', async () => {
    const { port, calls } = await echo();
    const proxy = await proxyTo(port, { caps: { requestsPerSecond: 0.001, connections: 10, inFlight: 10 } });
    const answers = [await get(proxy.port), await get(proxy.port, '/', { method: 'POST', body: 'x' })];
    expect(answers.map(({ status }) => status)).toEqual([200, 503]);
    expect(answers[1]?.headers).toMatchObject({ 'x-penumbra-refused': 'rate', 'retry-after': '1' });
    expect(calls()).toBe(1);
    const held: (() => void)[] = [];
    const slow = await httpUpstream((_asked, answer) => void held.push(() => answer.end()));
    for (const [cap, limits] of [
      ['in_flight', { connections: 10, inFlight: 1 }],
      ['connections', { connections: 1, inFlight: 10 }],
    ] as const) {
      const narrow = await proxyTo(slow.port, { caps: { requestsPerSecond: 1e6, ...limits } });
      const asking = Promise.all([get(narrow.port), get(narrow.port)]);
      await expect.poll(() => [held.length, narrow.state().calls.outcomes.refused]).toEqual([1, 1]);
      held.pop()?.();
      const both = await asking;
      expect(both.map(({ headers }) => headers['x-penumbra-refused'])).toContain(cap);
      expect(narrow.state().upstreamLoad.refused).toMatchObject({ rate: 0, [cap]: 1 });
      expect(narrow.state().calls.outcomes).toMatchObject({ ok: 1, refused: 1 });
    }
  });

  it('hold the dependency against its own promise, and count calls per request of the pod', async () => {
    const { port } = await httpUpstream((asked, answer) => answer.writeHead(asked.url === '/bad' ? 500 : 200).end());
    const proxy = await proxyTo(port, { slo: { latencyMs: 2000, errors: 0.1 } });
    const headers = { 'x-request-id': 'r1' };
    await get(proxy.port, '/', { headers });
    await get(proxy.port, '/bad', { headers });
    await get(proxy.port, '/', { headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' } });
    const { slo, calls } = proxy.state();
    expect(slo).toMatchObject({
      latency: { limitMs: 2000, breaches: 0 },
      errors: { limit: 0.1, breaches: 1, isMet: false },
    });
    expect(calls.perRequest).toEqual({ requests: 2, mean: 1.5, max: 2 });
    expect(calls.availability).toBeCloseTo(2 / 3);
    const { text } = await proxy.metrics();
    expect(text).toContain('penumbra_dependency_slo_breaches_total{limit="errors",dependency="store"} 1');
    expect(text).toContain('penumbra_dependency_calls_total{outcome="error_status",dependency="store"} 1');
    expect(text).toContain('penumbra_dependency_latency_seconds_bucket{le="2",dependency="store"} 3');
    expect(text).toContain('penumbra_dependency_calls_per_request_max{dependency="store"} 2');
  });

  it('a caller that leaves is counted as one that got no answer', async () => {
    const { port } = await httpUpstream(() => undefined);
    const proxy = await proxyTo(port);
    const client = await openRawClient(proxy.port);
    await client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => proxy.state().upstreamLoad.inFlight).toBe(1);
    client.socket.resetAndDestroy();
    await expect.poll(() => proxy.state().calls.outcomes.abandoned).toBe(1);
    expect(proxy.state().upstreamLoad).toMatchObject({ inFlight: 0, connections: 0 });
  });
});

describe('thousands of connections', () => {
  it('leave no socket, timer or place behind', async () => {
    const { port } = await httpUpstream((_asked, answer) => answer.end('x'));
    const proxy = await proxyTo(port);
    proxy.fault({ latency: '1ms', share: '10%' }, { reset: 'request', share: '5%' }, { timeout: '2ms', share: '2%' });
    const kinds = () => process.getActiveResourcesInfo().filter((kind) => /TCPSocket|Timeout/.test(kind)).length;
    const before = kinds();
    const once1 = async (): Promise<void> => {
      const client = await openRawClient(proxy.port);
      client.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      await client.left();
      client.socket.destroy();
    };
    for (let round = 0; round < 30; round++) await Promise.all(Array.from({ length: 100 }, once1));
    const { calls, upstreamLoad } = proxy.state();
    expect(calls.total).toBe(3000);
    await expect.poll(() => proxy.state().upstreamLoad.connections).toBe(0);
    expect(upstreamLoad.inFlight).toBe(0);
    expect(calls.outcomes.reset).toBeGreaterThan(80);
    await expect.poll(kinds).toBeLessThanOrEqual(before + 5);
  });
});
