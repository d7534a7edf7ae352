// The control API: switching while calls run, leases that end by themselves, removal that is verified, and who may ask.
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { startProxyControl } from '../../src/faults/proxy/control.ts';
import { closeProxies, controlOf, httpUpstream, proxyTo } from '../support/fault-proxy.ts';
import { openRawClient, startRawServer } from '../support/raw-sockets.ts';

afterEach(closeProxies);

async function running(settings: Parameters<typeof proxyTo>[1] = {}) {
  const upstream = await httpUpstream((_asked, answer) => answer.end('ok'));
  const proxy = await proxyTo(upstream.port, settings);
  const control = await controlOf(proxy);
  const put = (body: unknown) => fetch(`${control}/v1/faults`, { method: 'PUT', body: JSON.stringify(body) });
  const ask = async () => {
    const startedMs = performance.now();
    const answer = await fetch(`http://127.0.0.1:${proxy.port}/`);
    await answer.text();
    return { status: answer.status, tookMs: performance.now() - startedMs };
  };
  return { proxy, control, put, ask };
}

const json = async (answer: Response | Promise<Response>) => (await answer).json() as Promise<Record<string, unknown>>;

describe('switching', () => {
  it('puts faults on and takes them off while it runs, and measures that the baseline is back', async () => {
    const { control, put, ask } = await running({ probe: '/health' });
    const state = await json(put({ faults: [{ status: 503, share: '100%' }] }));
    expect(state).toMatchObject({
      faults: [{ fault: { status: 503 }, share: 1 }],
      lease: { expiresInMs: expect.any(Number) },
    });
    expect((state.lease as { expiresInMs: number }).expiresInMs).toBeGreaterThan(25_000);
    expect((await ask()).status).toBe(503);
    const restored = await json(fetch(`${control}/v1/faults`, { method: 'DELETE' }));
    expect(restored).toMatchObject({ restored: true, reason: null });
    expect(restored.afterMs).toBeLessThan(10_000);
    expect((await ask()).status).toBe(200);
    expect(await json(fetch(`${control}/v1/state`))).toMatchObject({
      faults: [],
      lease: null,
      calls: { total: 2, faulted: 1 },
    });
  });

  it('removal returns even while hundreds of calls hang, and they go on', async () => {
    const { proxy, control, put, ask } = await running();
    await put({ faults: [{ timeout: 'never' }] });
    const hanging = Array.from({ length: 200 }, ask);
    await expect.poll(() => proxy.state().calls.faulted).toBe(200);
    expect(await json(fetch(`${control}/v1/faults`, { method: 'DELETE' }))).toMatchObject({ restored: true });
    expect((await Promise.all(hanging)).every(({ status }) => status === 200)).toBe(true);
  });

  it('a share of 0 % never hurts', async () => {
    const { put, ask } = await running();
    await put({
      faults: [
        { reset: 'request', share: '0%' },
        { timeout: 'never', share: '0%' },
        { latency: '1m', share: '0%' },
      ],
    });
    for (let n = 0; n < 50; n++) expect((await ask()).status).toBe(200);
  });

  it('says when it could not be verified, and does not wait for ever', async () => {
    const silent = await startRawServer(async () => undefined);
    const proxy = await proxyTo(silent.port);
    const restored = await proxy.restoreBaseline({ withinMs: 300 });
    expect(restored).toMatchObject({ restored: false, latencyMs: null, upstreamLatencyMs: null });
    expect(restored.reason).toContain('itself does not answer; no fault is on');
    await silent.close();
  });

  it('notices a proxy that still adds time', async () => {
    const { proxy } = await running();
    const removed = proxy.restoreBaseline({ withinMs: 1500 });
    // Somebody switches them on again before the probe is through.
    proxy.fault({ latency: '1m' });
    expect(await removed).toMatchObject({ restored: false, reason: 'the upstream answers, but not through the proxy' });
  });
});

describe('calls by request', () => {
  it('are told from where the asker left off, with the arm that was forwarded', async () => {
    const { proxy, control } = await running();
    const call = async (headers: Record<string, string>) =>
      (await fetch(`http://127.0.0.1:${proxy.port}/`, { headers })).text();
    await call({ 'x-request-id': 'r1', 'x-shadow': 'run/candidate' });
    await call({ 'x-request-id': 'r1', 'x-shadow': 'run/candidate' });
    await call({ 'x-request-id': 'r1', 'x-shadow': 'run/control' });
    const first = await json(fetch(`${control}/v1/calls?since=0`));
    expect(first).toEqual({
      seq: 3,
      missed: 0,
      calls: [
        { id: 'r1', arm: 'candidate', calls: 2 },
        { id: 'r1', arm: 'control', calls: 1 },
      ],
    });
    await call({});
    await call({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', baggage: 'penumbra-arm=x' });
    expect(await json(fetch(`${control}/v1/calls?since=${first.seq}`))).toEqual({
      seq: 4,
      missed: 0,
      calls: [{ id: '4bf92f3577b34da6a3ce929d0e0e4736', arm: 'x', calls: 1 }],
    });
    await proxy.restoreBaseline();
    expect(await json(fetch(`${control}/v1/calls`))).toMatchObject({ seq: 4 });
  });

  it.each(['-1', '', 'x', '1.5', '1', '1e3', '9'.repeat(16), '0&since=0'])('since=%s is refused', async (since) => {
    const { control } = await running();
    const answer = await fetch(`${control}/v1/calls?since=${since}`);
    expect(answer.status).toBe(400);
    expect(await json(answer)).toMatchObject({
      error: { code: 'REQUEST_INVALID', message: expect.stringMatching(/^since requires /) },
    });
  });

  it('are not known on tcp', async () => {
    const { control } = await running({ protocol: 'tcp' });
    const answer = await fetch(`${control}/v1/calls?since=0`);
    expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('require protocol http')]);
  });
});

describe('the lease', () => {
  it('ends the faults of a controller that went away, and is counted', async () => {
    const { proxy, put, ask } = await running();
    await put({ faults: [{ status: 503 }], lease: '1m' });
    expect((await ask()).status).toBe(503);
    await put({ faults: [{ status: 503 }], lease: '60ms' });
    await expect.poll(() => proxy.state().leasesExpired).toBe(1);
    expect((await ask()).status).toBe(200);
    expect(proxy.state()).toMatchObject({ faults: [], lease: null });
  });

  it('is renewed without starting the faults anew', async () => {
    const { proxy, control, put, ask } = await running();
    await put({ faults: [{ failFirst: 1, as: 'status' }], lease: '1m' });
    expect((await ask()).status).toBe(503);
    const leftMs = (): number => proxy.state().lease?.expiresInMs ?? 0;
    await expect.poll(leftMs).toBeLessThan(59_990);
    const before = leftMs();
    const renewed = await fetch(`${control}/v1/lease`, { method: 'POST' });
    expect(renewed.status).toBe(200);
    // As it was when it was renewed: an answer may take its time.
    const { lease } = (await renewed.json()) as { lease: { expiresInMs: number } };
    expect(lease.expiresInMs).toBeGreaterThan(before);
    expect((await ask()).status).toBe(200);
    expect(proxy.state().faults).toHaveLength(1);
    proxy.removeFaults();
    const late = await fetch(`${control}/v1/lease`, { method: 'POST' });
    expect([late.status, await json(late)]).toMatchObject([404, { error: { code: 'NOT_FOUND' } }]);
  });

  it('is not put on faults from the command line', async () => {
    const { proxy } = await running();
    proxy.fault({ status: 503 });
    expect(proxy.state().lease).toBeNull();
  });
});

describe('who may ask, and what', () => {
  it('refuses words that mean nothing, and leaves what was on', async () => {
    const { proxy, control, put } = await running();
    await put({ faults: [{ status: 503 }] });
    for (const [body, words] of [
      [{ faults: [{ latncy: '1s' }] }, 'exactly one of'],
      [{ faults: [{ latency: '1s' }], leese: '1s' }, 'not \\"leese\\"'],
      [{ faults: [{ failover: '1s' }] }, 'requires a standby'],
      [{ faults: {} }, 'faults require a list'],
      [[], 'the body requires'],
      [{ faults: [], lease: '5' }, 'a duration requires'],
    ] as const) {
      const answer = await put(body);
      expect(answer.status).toBe(400);
      expect(await answer.text()).toContain(words);
    }
    const broken = await fetch(`${control}/v1/faults`, { method: 'PUT', body: '{' });
    expect(await json(broken)).toMatchObject({ error: { code: 'JSON_INVALID' } });
    const large = await fetch(`${control}/v1/faults`, { method: 'PUT', body: ' '.repeat(100_000) });
    expect(large.status).toBe(413);
    expect((await fetch(`${control}/v2`)).status).toBe(404);
    expect(proxy.state().faults).toHaveLength(1);
  });

  it('without a token answers this machine under its own name, and no web page', async () => {
    const { control } = await running();
    const port = Number(new URL(control).port);
    const statusWith = (fields: string) =>
      new Promise<string>((resolve) => {
        const socket = connect({ port, host: '127.0.0.1' });
        socket.write(`GET /v1/state HTTP/1.1\r\n${fields}\r\nConnection: close\r\n\r\n`);
        socket.once('data', (bytes) => resolve(bytes.toString().slice(9, 12)));
      });
    expect(await statusWith('Host: localhost')).toBe('200');
    expect(await statusWith('Host: evil.example')).toBe('403');
    expect(await statusWith('Host: localhost\r\nOrigin: http://evil.example')).toBe('403');
  });

  it('with a token answers nobody else but health', async () => {
    const { proxy } = await running();
    const control = await controlOf(proxy, 'secret');
    const status = async (path: string, token?: string) =>
      (await fetch(control + path, token ? { headers: { authorization: `Bearer ${token}` } } : {})).status;
    expect(await status('/v1/state')).toBe(401);
    expect(await status('/metrics', 'secre')).toBe(401);
    expect(await status('/v1/state', 'secret')).toBe(200);
    expect(await status('/v1/health')).toBe(200);
  });

  it('requires a token where other machines can reach it', async () => {
    const { proxy } = await running();
    await expect(startProxyControl(proxy, { listen: { host: '0.0.0.0', port: 0 }, token: null })).rejects.toThrow(
      'requires a token',
    );
  });

  it('exposes metrics that read as Prometheus text', async () => {
    const { control, put, ask } = await running();
    await put({ faults: [{ status: 503, share: '100%' }] });
    await ask();
    const answer = await fetch(`${control}/metrics`);
    expect(answer.headers.get('content-type')).toContain('text/plain');
    const lines = (await answer.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(lines.every((line) => /^[a-z_]+(\{[^}]*\})? -?[\d.e+-]+$/.test(line))).toBe(true);
    expect(lines).toContain('penumbra_dependency_fault_share_achieved{fault="0 status",dependency="store"} 1');
  });
});

it('closing leaves nothing open', async () => {
  const { proxy } = await running();
  const client = await openRawClient(proxy.port);
  await client.write('GET / HTTP/1.1\r\n');
  await proxy.close();
  await client.left();
  expect(client.transcript.end).not.toBeNull();
  client.socket.destroy();
});
