// What a Slack-compatible webhook is given: {text}, escaped as Slack asks, and never longer than anybody reads.
import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { slack } from '../../../../src/io/sinks/slack.ts';
import type { Notification } from '../../../../src/model.ts';
import { notificationFor } from '../../../support/notification.ts';
import { listenOnFreePort } from '../../../support/raw-sockets.ts';

async function textOf(notification: Notification): Promise<string> {
  let body = '';
  const server = createServer(async (message, reply) => {
    for await (const part of message.setEncoding('utf8')) body += part;
    reply.end('ok');
  });
  const sink = slack.create({ url: `http://127.0.0.1:${await listenOnFreePort(server)}/services/x`, from: 'a place' });
  await sink.deliver(notification);
  server.closeAllConnections();
  server.close();
  expect(sink.name).toBe('slack a place');
  const { text, ...more } = JSON.parse(body) as { text: string };
  expect(more).toEqual({});
  return text;
}

it('is one line for one alert, with a link where people reach the API', async () => {
  const notification = notificationFor([{}], { publicUrl: 'https://penumbra.example/x/' });
  expect(await textOf(notification)).toBe(
    '*FIRING (page)* test: candidate.late.flip of release is over its limit: flip rate 17.9 % is over the limit of 1 % <https://penumbra.example/x/v1/runs/r1|details>',
  );
});

it('is escaped, so that nothing from a config or from traffic calls people or hides a link', async () => {
  const text = await textOf(notificationFor([{ summary: '<!channel> a & b <https://evil|click>' }]));
  expect(text).toContain('&lt;!channel&gt; a &amp; b &lt;https://evil|click&gt;');
  const forged = await textOf(notificationFor([{ summary: 'v2\n*FIRING (page)* all of it\u2028is lost' }, {}]));
  expect(forged.split(/[\n\u2028]/)).toHaveLength(3);
});

it('says of many how many, shows the first, and cuts long sentences', async () => {
  const many = Array.from({ length: 200 }, (_, index) => ({ key: `k${index}`, summary: 'x'.repeat(5000) }));
  const text = await textOf(notificationFor([...many, { status: 'resolved' }]));
  const lines = text.split('\n');
  expect(lines[0]).toBe('*test: 201 alerts: 200 firing, 1 resolved*');
  expect(lines).toHaveLength(22);
  expect(lines.at(-1)).toBe('… and 181 more');
  expect(text.length).toBeLessThan(20_000);
});
