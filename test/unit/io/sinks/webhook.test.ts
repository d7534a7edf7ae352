// What the webhook makes of every answer a receiver can give, on real HTTP.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { webhook } from '../../../../src/io/sinks/webhook.ts';
import type { Alert } from '../../../../src/model.ts';

const alert: Alert = {
  key: 'release/candidate.late.flip',
  status: 'firing',
  experiment: 'release',
  run: 'r1',
  arm: 'candidate',
  hypothesis: 'candidate.late.flip',
  summary: 'flip rate 17.9 % is over the limit of 1 %',
  at: 1_700_000_000_000,
};

interface Seen {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(answer: (response: ServerResponse) => void): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    seen.push({ headers: request.headers, body });
    answer(response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, seen };
}

const deliverTo = (url: string, headers = {}) => webhook.create({ url, headers }).deliver(alert);

describe('a webhook', () => {
  it('posts the alert as JSON, with the headers of the config and a key that every try shares', async () => {
    const { url, seen } = await listen((response) => response.writeHead(204).end());
    const sink = webhook.create({ url, headers: { authorization: 'Bearer x' } });
    await sink.deliver(alert);
    await sink.deliver(alert);
    await sink.deliver({ ...alert, status: 'resolved' });
    await sink.deliver({ ...alert, run: 'r2', at: alert.at + 1 });
    await sink.close();
    expect(seen.map(({ body }) => JSON.parse(body).status)).toEqual(['firing', 'firing', 'resolved', 'firing']);
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual(alert);
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer x', 'content-type': 'application/json' });
    const keys = seen.map(({ headers }) => headers['idempotency-key']);
    // The same cause in another run is another message: a receiver that deduplicates must not swallow it.
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(3);
  });

  it.each([
    [200, true, false],
    [201, true, false],
    [202, true, false],
    [204, true, false],
    [301, false, false],
    [302, false, false],
    [400, false, false],
    [401, false, false],
    [403, false, false],
    [404, false, false],
    [408, false, true],
    [409, false, false],
    [410, false, false],
    [413, false, false],
    [422, false, false],
    [425, false, true],
    [429, false, true],
    [500, false, true],
    [501, false, true],
    [502, false, true],
    [503, false, true],
    [504, false, true],
    [599, false, true],
  ])('%i: delivered %s, worth another try %s', async (status, delivered, retryable) => {
    const { url } = await listen((response) => response.writeHead(status, { location: '/elsewhere' }).end());
    const said = await deliverTo(url);
    expect(said.delivered).toBe(delivered);
    if (!delivered) expect(said.retryable).toBe(retryable);
    expect(said.detail).toBe(`HTTP ${status}`);
  });

  it('tries again after a reset, a refused connection and broken HTTP', async () => {
    const reset = await listen((response) => response.socket?.resetAndDestroy());
    expect(await deliverTo(reset.url)).toMatchObject({ delivered: false, retryable: true });
    const garbage = await listen((response) => response.socket?.end('not http\r\n\r\n'));
    expect(await deliverTo(garbage.url)).toMatchObject({ delivered: false, retryable: true });
    expect(await deliverTo('http://127.0.0.1:1/')).toMatchObject({ delivered: false, retryable: true });
  });

  it('takes the status for the answer when the body breaks off', async () => {
    const { url } = await listen((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.socket?.resetAndDestroy());
    });
    expect(await deliverTo(url)).toMatchObject({ delivered: true });
  });
});
