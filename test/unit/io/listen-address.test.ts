// `--listen`: what is understood and what a failed listen says.
import { createServer } from 'node:net';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { listenOn, parseListenAddress } from '../../../src/io/listen-address.ts';

describe('addresses', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
  ])('%s', (text, address) => expect(parseListenAddress(text)).toEqual(address));

  it.each(['8080', ':8080', 'host:', 'host:70000', 'http://host:80', ''])('"%s" is refused', (text) => {
    expect(() => parseListenAddress(text)).toThrow(/requires host:port such as 127\.0\.0\.1:8080/);
  });
});

describe('listening', () => {
  it('gives the real port', async () => {
    const app = Fastify();
    const { url, port } = await listenOn(app, { host: '127.0.0.1', port: 0 });
    expect(port).toBeGreaterThan(0);
    expect(url).toBe(`http://127.0.0.1:${port}`);
    await app.close();
  });

  it('names an address in use, and one that is not ours', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    const app = Fastify();
    await expect(listenOn(app, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      message: `127.0.0.1:${port} is in use by another process`,
    });
    await expect(listenOn(Fastify(), { host: '192.0.2.1', port: 0 })).rejects.toMatchObject({ code: 'BIND_REFUSED' });
    taken.close();
  });
});
