// The fault proxy in front of protocols it does not read: raw TCP, and a real Redis spoken to in plain RESP bytes.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { alsoClose, closeProxies, proxyTo } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { type End, openRawClient, startRawServer } from '../support/raw-sockets.ts';

afterEach(closeProxies);

const tcp = { protocol: 'tcp' } as const;

/** Answers every piece with itself; ends when the client does. */
async function echoServer(prefix = '') {
  const server = await startRawServer(async (end) => {
    end.socket.on('data', (bytes: Buffer) => end.socket.write(prefix + bytes.toString('latin1')));
    await end.left();
    end.socket.end();
  });
  alsoClose(server.close);
  return server;
}

async function roundTrip(client: End, text: string): Promise<number> {
  const from = client.transcript.bytes.length;
  const startedMs = performance.now();
  await client.write(text);
  await client.saw(from + text.length);
  return performance.now() - startedMs;
}

describe('tcp without faults', () => {
  it('passes bytes, half-close and reset as they are', async () => {
    const server = await startRawServer(async (end) => {
      await end.left();
      await end.write(`got ${end.transcript.bytes} then ${end.transcript.end}`);
      end.socket.end();
    });
    alsoClose(server.close);
    const proxy = await proxyTo(server.port, tcp);
    const client = await openRawClient(proxy.port);
    await client.write('\x00\xff half');
    client.socket.end();
    await client.left();
    expect(client.transcript).toEqual({ bytes: 'got \x00\xff half then fin', end: 'fin' });
    const abrupt = await openRawClient(proxy.port);
    await abrupt.write('x');
    await expect.poll(() => server.ends[1]?.transcript.bytes).toBe('x');
    abrupt.socket.resetAndDestroy();
    await server.ends[1]?.left();
    expect(server.ends[1]?.transcript.end).not.toBeNull();
    await expect.poll(() => proxy.state().upstreamLoad.connections).toBe(0);
  });

  it('refuses what is over a cap, and counts it', async () => {
    const server = await echoServer();
    const proxy = await proxyTo(server.port, {
      ...tcp,
      caps: { requestsPerSecond: 1e6, connections: 1, inFlight: 10 },
    });
    const first = await openRawClient(proxy.port);
    await roundTrip(first, 'a');
    const second = await openRawClient(proxy.port).catch((thrown: { code: string }) => thrown.code);
    if (typeof second !== 'string') await second.left();
    expect(typeof second === 'string' ? second : second.transcript).toSatisfy(
      (seen) => seen === 'ECONNRESET' || (seen as { end: string }).end === 'reset',
    );
    expect(proxy.state().upstreamLoad.refused.connections).toBe(1);
    first.socket.destroy();
  });
});

describe('tcp faults', () => {
  it('latency delays every answer of an open connection, from switching on to removal', async () => {
    const proxy = await proxyTo((await echoServer()).port, tcp);
    const client = await openRawClient(proxy.port);
    await roundTrip(client, 'warm');
    proxy.fault({ latency: '80ms' });
    expect(await roundTrip(client, 'slow')).toBeGreaterThan(79);
    proxy.fault({ latency: '1h', atMost: '1h' });
    const held = roundTrip(client, 'held');
    await expect.poll(() => proxy.state().calls.upstreamLatencyMs.p50).not.toBeNull();
    await new Promise((resolve) => setImmediate(resolve));
    proxy.removeFaults();
    await held;
    expect(client.transcript.bytes).toBe('warmslowheld');
    expect(proxy.state().calls).toMatchObject({ total: 3, outcomes: { ok: 3 } });
    client.socket.destroy();
  });

  it('timeout keeps silent, closes when told, and lets go what it kept when removed', async () => {
    const proxy = await proxyTo((await echoServer()).port, tcp);
    proxy.fault({ timeout: '60ms' });
    const closed = await openRawClient(proxy.port);
    await closed.write('x');
    await closed.left();
    expect(closed.transcript).toEqual({ bytes: '', end: 'fin' });
    proxy.fault({ timeout: 'never' });
    const silent = await openRawClient(proxy.port);
    await silent.write('kept');
    await expect.poll(() => proxy.state().calls.upstreamLatencyMs.p50).not.toBeNull();
    expect(silent.transcript.bytes).toBe('');
    proxy.removeFaults();
    await silent.saw('kept');
    silent.socket.destroy();
    expect(proxy.state().calls.outcomes).toMatchObject({ silent: 1, ok: 1 });
  });

  it.each([
    [{ reset: 'request' }, { bytes: '', end: 'reset' }],
    // How the end shows is the reader's system's matter when data and RST come together.
    [{ reset: 'answer' }, { bytes: 'ab', end: expect.any(String) }],
    [{ corrupt: 'cut' }, { bytes: 'ab', end: 'fin' }],
    [{ failFirst: 1 }, { bytes: '', end: 'reset' }],
  ])('%j', async (fault, transcript) => {
    const proxy = await proxyTo((await echoServer()).port, tcp);
    proxy.fault(fault);
    const client = await openRawClient(proxy.port);
    await client.write('abcd');
    await client.left();
    expect(client.transcript).toEqual(transcript);
    expect(proxy.state().calls.outcomes.reset).toBe(1);
  });

  it('corrupt changes bytes and keeps their number', async () => {
    const proxy = await proxyTo((await echoServer()).port, tcp);
    proxy.fault({ corrupt: 'digits' });
    const client = await openRawClient(proxy.port);
    await roundTrip(client, 'a1b9');
    expect(client.transcript.bytes).toBe('a8b4');
    client.socket.destroy();
  });

  it('bandwidth slows, slowClose ends late', async () => {
    const proxy = await proxyTo((await echoServer()).port, tcp);
    proxy.fault({ bandwidth: '50kB per second' });
    const slow = await openRawClient(proxy.port);
    expect(await roundTrip(slow, 'x'.repeat(10_000))).toBeGreaterThan(190);
    slow.socket.destroy();
    proxy.fault({ slowClose: '100ms' });
    const late = await openRawClient(proxy.port);
    await roundTrip(late, 'x');
    const startedMs = performance.now();
    late.socket.end();
    await late.left();
    expect(performance.now() - startedMs).toBeGreaterThan(95);
  });

  it('a share is of connections, and is reported', async () => {
    const proxy = await proxyTo((await echoServer()).port, tcp);
    proxy.fault({ reset: 'request', share: '50%' });
    const ends = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const client = await openRawClient(proxy.port);
        await client.write('x');
        await Promise.race([client.left(), client.saw('x').catch(() => undefined)]);
        const { bytes } = client.transcript;
        client.socket.destroy();
        return bytes;
      }),
    );
    const hit = ends.filter((bytes) => bytes === '').length;
    expect(proxy.state()).toMatchObject({ shareOf: 'connections', faults: [{ calls: 60, selected: hit }] });
    expect(hit).toBeGreaterThan(10);
    expect(hit).toBeLessThan(50);
  });

  it('failover resets connections to the lost upstream, and those to the standby on the way back', async () => {
    const [first, second] = [await echoServer('1'), await echoServer('2')];
    const proxy = await proxyTo(first.port, { ...tcp, standby: { host: '127.0.0.1', port: second.port } });
    const ask = async () => {
      const client = await openRawClient(proxy.port);
      await client.write('x');
      await client.saw(2);
      return client;
    };
    const before = await ask();
    proxy.fault({ failover: '0s' });
    await before.left();
    const during = await ask();
    proxy.removeFaults();
    await during.left();
    const after = await ask();
    expect([before, during, after].map(({ transcript }) => transcript)).toEqual([
      { bytes: '1x', end: 'reset' },
      { bytes: '2x', end: 'reset' },
      { bytes: '1x', end: null },
    ]);
    after.socket.destroy();
  });
});

function isOpen(port: number): Promise<boolean> {
  return openRawClient(port).then(
    ({ socket }) => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}

function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version']);
    return true;
  } catch {
    process.stderr.write(
      'SKIPPED: redis-server is not installed, so the proxy was not tried in front of a real Redis\n',
    );
    return false;
  }
}

describe.skipIf(!hasRedis())('a real Redis behind it', () => {
  let redis: ChildProcess;
  let port = 0;
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-redis-'));

  beforeAll(async () => {
    port = await freePort();
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
    redis = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(redis.stdout as NodeJS.ReadableStream, 'data');
    for (let tries = 0; tries < 200 && !(await isOpen(port)); tries++) await sleep(50);
  });

  afterAll(async () => {
    redis.kill('SIGTERM');
    if (redis.exitCode === null) await once(redis, 'exit');
    rmSync(folder, { recursive: true });
  });

  const command = (...words: string[]): string =>
    `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;

  it('answers through it as directly: pipelines, binary values, large values, pub/sub', async () => {
    const proxy = await proxyTo(port, tcp);
    const script = [
      command('SET', 'row:1', '{"dep_delay": 12.5}'),
      command('GET', 'row:1') + command('GET', 'nowhere') + command('INCR', 'n') + command('DEL', 'n'),
      command('SET', 'bin', '\x00\x01\r\n\x7f') + command('GET', 'bin'),
      command('SET', 'large', 'x'.repeat(300_000)) + command('GET', 'large'),
      command('SUBSCRIBE', 'news') + command('UNSUBSCRIBE', 'news'),
      command('NOPE') + command('QUIT'),
    ];
    const talk = async (to: number): Promise<string> => {
      const client = await openRawClient(to);
      for (const text of script) await client.write(text);
      await client.left();
      client.socket.destroy();
      return client.transcript.bytes;
    };
    const direct = await talk(port);
    expect(await talk(proxy.port)).toBe(direct);
    expect(direct).toContain('$19\r\n{"dep_delay": 12.5}\r\n$-1\r\n:1\r\n');
  });

  it('is slow, silent, wrong or gone as told, and itself again on removal', async () => {
    const proxy = await proxyTo(port, { ...tcp, probe: 'PING\r\n', slo: { latencyMs: 50, errors: 0.01 } });
    const client = await openRawClient(proxy.port);
    const ask = async (): Promise<number> => {
      const from = client.transcript.bytes.length;
      const startedMs = performance.now();
      await client.write(command('GET', 'row:1'));
      await client.saw(from + '$19\r\n{"dep_delay": 12.5}\r\n'.length);
      return performance.now() - startedMs;
    };
    const setting = await openRawClient(port);
    await setting.write(command('SET', 'row:1', '{"dep_delay": 12.5}'));
    await setting.saw('+OK');
    setting.socket.destroy();
    await ask();
    proxy.fault({ latency: '120ms' });
    expect(await ask()).toBeGreaterThan(119);
    const restored = await proxy.restoreBaseline();
    expect(restored).toMatchObject({ restored: true, reason: null });
    expect(restored.afterMs).toBeLessThan(10_000);
    await ask();
    proxy.fault({ corrupt: 'digits' });
    await ask();
    expect(client.transcript.bytes.slice(-'{"dep_delay": 12.5}\r\n'.length)).toBe('{"dep_delay": 87.4}\r\n');
    proxy.fault({ reset: 'request' });
    await client.write('PING\r\n');
    await client.left();
    expect(client.transcript.end).toBe('reset');
    const { slo, calls } = proxy.state();
    expect(slo.latency?.breaches).toBe(1);
    expect(slo.errors).toMatchObject({ breaches: 1, isMet: false });
    expect(calls).toMatchObject({ total: 5, outcomes: { ok: 4, reset: 1 } });
  });
});
