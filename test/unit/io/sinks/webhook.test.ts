// What a generic webhook is given, on real HTTP.
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { webhook } from '../../../../src/io/sinks/webhook.ts';
import { notificationFor, someAlert } from '../../../support/notification.ts';
import { listenOnFreePort } from '../../../support/raw-sockets.ts';

it('is the service, one sentence and every alert, with the headers of the config and a key that every try shares', async () => {
  const seen: { key: unknown; authorization: unknown; body: Record<string, unknown> }[] = [];
  const server = createServer(async (message, reply) => {
    let body = '';
    for await (const part of message.setEncoding('utf8')) body += part;
    const { authorization, 'idempotency-key': key } = message.headers;
    seen.push({ key, authorization, body: JSON.parse(body) as Record<string, unknown> });
    reply.end();
  });
  const url = `http://127.0.0.1:${await listenOnFreePort(server)}/hook`;
  const sink = webhook.create({ url, headers: { authorization: 'Bearer x' } });
  // Names may be of any script; headers may not.
  const cause = { key: 'release/Überraschung', hypothesis: 'Überraschung' };
  await sink.deliver(notificationFor([cause]));
  await sink.deliver(notificationFor([cause], { at: someAlert.at + 60_000 }));
  await sink.deliver(notificationFor([{ ...cause, status: 'resolved' }]));
  await sink.deliver(notificationFor([{ ...cause, run: 'r2', at: someAlert.at + 1 }, {}]));
  await sink.close();
  server.closeAllConnections();
  server.close();
  expect(seen[0]?.authorization).toBe('Bearer x');
  expect(seen[0]?.body).toEqual({
    service: 'test',
    summary: `test: firing: ${someAlert.summary}`,
    alerts: notificationFor([cause]).alerts,
  });
  expect(seen[3]?.body).toMatchObject({ summary: 'test: 2 alerts: 2 firing', alerts: [cause, { key: someAlert.key }] });
  const keys = seen.map(({ key }) => key);
  // The same cause in another run is another message: a receiver that deduplicates must not swallow it.
  expect(keys[1]).toBe(keys[0]);
  expect(new Set(keys).size).toBe(3);
});
