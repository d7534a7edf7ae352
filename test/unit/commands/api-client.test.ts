// A command that follows `serve` at once is not refused because the comparator is still starting.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createApiClient } from '../../../src/commands/api-client.ts';

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function listen(
  answer: (call: number) => readonly [number, object],
): Promise<{ url: string; calls: () => number }> {
  let calls = 0;
  server = createServer((_, response) => {
    calls += 1;
    const [status, body] = answer(calls);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
}

const refusal = (code: string) => [503, { error: { code, message: 'ask again' } }] as const;

it('is asked again while it is starting', async () => {
  const { url, calls } = await listen((call) => (call < 3 ? refusal('STARTING') : [200, { id: 'r1' }]));
  expect(await createApiClient({ url, token: undefined }).post('/v1/runs', { experiment: 'release' })).toEqual({
    id: 'r1',
  });
  expect(calls()).toBe(3);
});

it('says that it is still starting when the time for the call is over', async () => {
  const { url } = await listen(() => refusal('STARTING'));
  const asked = createApiClient({ url, token: undefined, timeoutMs: 2000 }).get('/v1/health');
  await expect(asked).rejects.toThrow('STARTING: ask again');
});

it('is asked once where it refuses for another reason', async () => {
  const { url, calls } = await listen(() => refusal('KILLED'));
  await expect(createApiClient({ url, token: undefined }).post('/v1/runs', {})).rejects.toThrow('KILLED');
  expect(calls()).toBe(1);
});
