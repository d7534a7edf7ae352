// Laws of every sink that the index exports, on real HTTP: one POST per notification, the status is the answer, and nothing ever rejects.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import type { Sink } from '../../src/io/ports.ts';
import { alertmanager } from '../../src/io/sinks/alertmanager.ts';
import { sinks } from '../../src/io/sinks/index.ts';
import { slack } from '../../src/io/sinks/slack.ts';
import { webhook } from '../../src/io/sinks/webhook.ts';
import { notificationFor } from '../support/notification.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';

/** How each is made for an address; a sink without one fails below. */
const makers: Readonly<Record<string, (url: string) => Sink>> = {
  alertmanager: (url) => alertmanager.create({ url, headers: {} }),
  webhook: (url) => webhook.create({ url, headers: {} }),
  slack: (url) => slack.create({ url, from: `\${env:SLACK}` }),
};

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Seen {
  readonly message: IncomingMessage;
  readonly body: string;
}

async function listen(answer: (response: ServerResponse) => void): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (message, response) => {
    let body = '';
    for await (const part of message.setEncoding('utf8')) body += part;
    seen.push({ message, body });
    answer(response);
  });
  servers.push(server);
  return { url: `http://127.0.0.1:${await listenOnFreePort(server)}`, seen };
}

const notification = notificationFor([{}, { key: 'release/other', status: 'resolved' }]);

describe.each(sinks.map(({ name }) => name))('%s', (name) => {
  const deliverTo = (url: string) => (makers[name] as (url: string) => Sink)(url).deliver(notification);

  it('posts one message of JSON for many alerts', async () => {
    const { url, seen } = await listen((response) => response.writeHead(204).end());
    expect(await deliverTo(url)).toEqual({ delivered: true, retryable: false, detail: 'HTTP 204' });
    expect(seen).toHaveLength(1);
    expect(seen[0]?.message.method).toBe('POST');
    expect(seen[0]?.message.headers['content-type']).toBe('application/json');
    expect(JSON.parse(seen[0]?.body ?? '')).toBeTypeOf('object');
  });

  it('takes the status for the answer, and says what is worth another try', async () => {
    let status = 200;
    const { url } = await listen((response) => response.writeHead(status, { location: '/elsewhere' }).end());
    const taken = [200, 201, 202, 204];
    const retryable = [408, 425, 429, 500, 501, 502, 503, 504, 599];
    const refused = [301, 302, 400, 401, 403, 404, 409, 410, 413, 422];
    for (status of [...taken, ...retryable, ...refused]) {
      const said = await deliverTo(url);
      expect([status, said.delivered, said.retryable, said.detail]).toEqual([
        status,
        taken.includes(status),
        retryable.includes(status),
        `HTTP ${status}`,
      ]);
    }
  });

  it('tries again after a reset, a refused connection and broken HTTP', async () => {
    const again = { delivered: false, retryable: true };
    const reset = await listen((response) => response.socket?.resetAndDestroy());
    expect(await deliverTo(reset.url)).toMatchObject(again);
    const garbage = await listen((response) => response.socket?.end('not http\r\n\r\n'));
    expect(await deliverTo(garbage.url)).toMatchObject(again);
    expect(await deliverTo('http://127.0.0.1:1/')).toMatchObject(again);
  });

  it('takes the status for the answer when the body breaks off', async () => {
    const { url } = await listen((response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.socket?.resetAndDestroy());
    });
    expect(await deliverTo(url)).toMatchObject({ delivered: true });
  });
});
