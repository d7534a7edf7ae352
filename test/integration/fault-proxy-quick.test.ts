// Calls on a connection that is open already and without faults take a shorter way through the proxy: the same bytes, the
// same counts and caps, and the long way for whatever does not fit, also in the middle of a call.
import { afterEach, describe, expect, it } from 'vitest';
import { alsoClose, closeProxies, httpUpstream, proxyTo } from '../support/fault-proxy.ts';
import { type End, openRawClient, startRawServer } from '../support/raw-sockets.ts';

afterEach(closeProxies);

const ask = (path = '/') => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
const ok = (body = 'ok') => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A client that was answered once, so that its upstream connection is there. */
async function warm(script: (end: End) => Promise<void>, settings: Parameters<typeof proxyTo>[1] = {}) {
  const server = await startRawServer(async (end) => {
    await end.saw(ask('/warm'));
    await end.write(ok('warm'));
    await script(end);
  });
  alsoClose(server.close);
  const proxy = await proxyTo(server.port, settings);
  const client = await openRawClient(proxy.port);
  alsoClose(async () => client.socket.destroy());
  await client.write(ask('/warm'));
  await client.saw('warm');
  client.transcript.bytes = '';
  return { proxy, client, server };
}

const outcomes = (proxy: Awaited<ReturnType<typeof proxyTo>>) =>
  Object.fromEntries(Object.entries(proxy.state().calls.outcomes).filter(([, count]) => count > 0));

const exchanges: readonly (readonly [what: string, request: string, answers: readonly string[]])[] = [
  ['a length', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\x00\xff\r\n`, [ok('{"a": 1}')]],
  ['chunks', ask(), ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nChecksum: 1\r\n\r\n']],
  ['HEAD', 'HEAD / HTTP/1.1\r\nHost: x\r\n\r\n', ['HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n']],
  ['304', ask(), ['HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n']],
  ['204', ask(), ['HTTP/1.1 204 No Content\r\n\r\n']],
  ['an error', ask(), ['HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n']],
  ['early hints first', ask(), ['HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n', ok()]],
  ['early hints in one piece with it', ask(), [`HTTP/1.1 103 Early Hints\r\n\r\n${ok()}`]],
  ['a folded line', ask(), ['HTTP/1.1 200 OK\r\nX: 1\r\n  2\r\nContent-Length: 1\r\n\r\nx']],
  ['a head alone', ask(), ['HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n', 'bo', 'dy']],
  ['a head in pieces', ask(), ['HTTP/1.1 200 OK\r\nConte', 'nt-Length: 2\r\n\r', '\nok']],
];

describe('on a connection that is open', () => {
  it.each(exchanges)('%s passes byte for byte, again and again', async (_what, request, answers) => {
    const times = 4;
    const { proxy, client, server } = await warm(async (end) => {
      for (let n = 1; n <= times; n++) {
        await end.saw(ask('/warm').length + n * request.length);
        for (const piece of answers) {
          await end.write(piece);
          await new Promise((resolve) => setTimeout(resolve, 3));
        }
      }
    });
    for (let n = 1; n <= times; n++) {
      await client.write(request);
      await client.saw(n * answers.join('').length);
    }
    expect(client.transcript).toEqual({ bytes: answers.join('').repeat(times), end: null });
    expect(server.ends[0]?.transcript.bytes).toBe(ask('/warm') + request.repeat(times));
    expect(server.ends).toHaveLength(1);
    const isError = answers[0]?.includes(' 500 ');
    expect(outcomes(proxy)).toEqual(isError ? { ok: 1, error_status: times } : { ok: 1 + times });
    expect(proxy.state().upstreamLoad).toMatchObject({ inFlight: 0, connections: 1 });
  });

  it('requests that come during a call, or several in a piece, wait their turn', async () => {
    const { port } = await httpUpstream((asked, answer) => setTimeout(() => answer.end(asked.url), 5));
    const proxy = await proxyTo(port);
    const client = await openRawClient(proxy.port);
    const paths = Array.from({ length: 12 }, (_, n) => `/p${n}-`);
    for (const [n, path] of paths.entries()) {
      await client.write(ask(path));
      if (n % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await client.saw('/p11-');
    expect(client.transcript.bytes.match(/\/p\d+-/g)).toEqual(paths);
    expect(outcomes(proxy)).toEqual({ ok: 12 });
    client.socket.destroy();
  });

  it('a caller that stops sending during a call gets its answer', async () => {
    const { proxy, client, server } = await warm(async (end) => {
      await end.left();
      await end.write(ok('late'));
      end.socket.end();
    });
    client.socket.end(ask('/last'));
    await client.left();
    expect(client.transcript).toEqual({ bytes: ok('late'), end: 'fin' });
    expect(server.ends[0]?.transcript.end).toBe('fin');
    expect(outcomes(proxy)).toEqual({ ok: 2 });
  });

  it('so does one that stops while another call waits', async () => {
    const { proxy, client } = await warm(async (end) => {
      await end.saw('/second');
      // Long enough that the third request and the end of sending are there before the answer.
      await new Promise((resolve) => setTimeout(resolve, 50));
      await end.write(ok('second'));
      await end.saw('/third');
      await end.write(ok('third'));
      await end.left();
      end.socket.end();
    });
    await client.write(ask('/second'));
    await new Promise((resolve) => setTimeout(resolve, 10));
    client.socket.end(ask('/third'));
    await client.left();
    expect(client.transcript).toEqual({ bytes: ok('second') + ok('third'), end: 'fin' });
    expect(outcomes(proxy)).toEqual({ ok: 3 });
    expect(proxy.state().upstreamLoad.inFlight).toBe(0);
  });

  it.each([
    ['ends', '', 'broken'],
    ['ends in the answer', ok('whole').slice(0, -1), 'broken'],
  ])('an upstream that %s during a call breaks it', async (_what, piece, outcome) => {
    const { proxy, client } = await warm(async (end) => {
      await end.saw('/second');
      if (piece) await end.write(piece);
      end.socket.end();
    });
    await client.write(ask('/second'));
    await client.left();
    expect(client.transcript.end).toBe('reset');
    await expect.poll(() => outcomes(proxy)).toEqual({ ok: 1, [outcome]: 1 });
    await expect.poll(() => proxy.state().upstreamLoad).toMatchObject({ inFlight: 0, connections: 0 });
  });

  it('an upstream that ends between calls ends the caller’s connection', async () => {
    const { client } = await warm(async (end) => {
      await end.saw('/second');
      await end.write(ok('second'));
      end.socket.end();
    });
    await client.write(ask('/second'));
    await client.left();
    expect(client.transcript).toEqual({ bytes: ok('second'), end: 'fin' });
  });

  it('a caller that leaves during a call is counted as such', async () => {
    const { proxy, client } = await warm(() => new Promise(() => undefined));
    await client.write(ask('/second'));
    await expect.poll(() => proxy.state().upstreamLoad.inFlight).toBe(1);
    client.socket.resetAndDestroy();
    await expect.poll(() => outcomes(proxy)).toEqual({ ok: 1, abandoned: 1 });
    await expect.poll(() => proxy.state().upstreamLoad).toMatchObject({ inFlight: 0, connections: 0 });
  });

  it('faults act from the next call on, and removing them gives the short way back', async () => {
    const { port } = await httpUpstream((_asked, answer) => answer.end('ok'));
    const proxy = await proxyTo(port);
    const client = await openRawClient(proxy.port);
    const status = async (): Promise<string> => {
      const from = client.transcript.bytes.length;
      await client.write(ask());
      await client.saw(from + 20);
      await expect.poll(() => client.transcript.bytes.slice(from)).toMatch(/\r\n\r\n/);
      return client.transcript.bytes.slice(from + 9, from + 12);
    };
    const seen = [await status(), await status()];
    proxy.fault({ status: 503, share: '100%' });
    seen.push(await status(), await status());
    proxy.removeFaults();
    await new Promise((resolve) => setTimeout(resolve, 20));
    seen.push(await status(), await status());
    expect(seen).toEqual(['200', '200', '503', '503', '200', '200']);
    expect(proxy.state().calls).toMatchObject({ total: 6, faulted: 2 });
    client.socket.destroy();
  });

  it('the caps are exact', async () => {
    let calls = 0;
    const { port } = await httpUpstream((_asked, answer) => {
      calls++;
      answer.end('ok');
    });
    // So slow a refill that none comes during the test.
    const proxy = await proxyTo(port, { caps: { requestsPerSecond: 0.001, connections: 5, inFlight: 5 } });
    const client = await openRawClient(proxy.port);
    await client.write(ask());
    await client.saw('\r\nok');
    for (let n = 0; n < 3; n++) {
      client.transcript.bytes = '';
      await client.write(ask());
      await client.saw('cap is reached');
    }
    expect(calls).toBe(1);
    expect(outcomes(proxy)).toEqual({ ok: 1, refused: 3 });
    expect(proxy.state().upstreamLoad.refused).toEqual({ rate: 3, connections: 0, in_flight: 0 });
    client.socket.destroy();
  });

  it('a reader that is slow stops its writer, and gets every byte', async () => {
    const bodies = Array.from({ length: 300 }, (_, n) => String(n).padStart(30_000, '.'));
    let n = 0;
    const { port } = await httpUpstream((_asked, answer) => answer.end(bodies[n++]));
    const proxy = await proxyTo(port);
    const client = await openRawClient(proxy.port);
    client.socket.pause();
    for (let sent = 0; sent < bodies.length; sent++) {
      await client.write(ask());
      // One by one, so that each takes the short way as long as there is room.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await expect.poll(() => proxy.state().upstreamLoad.inFlight).toBe(1);
    const before = n;
    expect(before).toBeLessThan(bodies.length);
    client.socket.resume();
    await client.saw(bodies.at(-1) ?? '');
    const read = client.transcript.bytes.split(/HTTP\/1\.1 200[\s\S]*?\r\n\r\n/).slice(1);
    expect(read.join('') === bodies.join('')).toBe(true);
    client.socket.destroy();
  });

  it('on tcp too', async () => {
    const bytes = Buffer.from(Array.from({ length: 2_000_000 }, (_, n) => String(n).padStart(8, '.')).join(''));
    const server = await startRawServer(async (end) => {
      await end.saw('x');
      await end.write(bytes);
      end.socket.end();
    });
    alsoClose(server.close);
    const proxy = await proxyTo(server.port, { protocol: 'tcp' });
    const client = await openRawClient(proxy.port);
    client.socket.pause();
    await client.write('x');
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.socket.resume();
    await client.left();
    expect(client.transcript.bytes === bytes.toString('latin1')).toBe(true);
  });

  it('what an earlier call was answered is remembered for stale', async () => {
    let n = 0;
    const { port } = await httpUpstream((_asked, answer) => answer.end(`version ${n++}`));
    const proxy = await proxyTo(port);
    const client = await openRawClient(proxy.port);
    for (const body of ['version 0', 'version 1', 'version 2']) {
      await client.write(ask('/row'));
      await client.saw(body);
    }
    proxy.fault({ stale: '0ms' });
    client.transcript.bytes = '';
    await client.write(ask('/row'));
    await client.saw('version 2');
    expect(n).toBe(4);
    client.socket.destroy();
  });
});
