// What the demo's second act itself hosts: the address behind which production's feature store stands, so that another store can take
// its place under load without a broken connection, and the receiver that an alert must reach.
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import type { Alert, Notification } from '../../model.ts';

export interface Switchboard {
  readonly storeUrl: string;
  readonly receiverUrl: string;
  /** From now on this store answers. */
  useStore(url: string): void;
  /** Resolves with the first alert that fires. */
  readonly alerted: Promise<Alert>;
  stop(): Promise<void>;
}

export async function openSwitchboard(firstStore: string): Promise<Switchboard> {
  let upstream = firstStore;
  const agent = new Agent({ connections: 64 });
  const store = createServer((asked, answer) => {
    const gone = new AbortController();
    answer.once('close', () => gone.abort());
    void relay(`${upstream}${asked.url ?? '/'}`, { answer, agent, signal: gone.signal });
  });
  let fire: (alert: Alert) => void = () => {};
  const alerted = new Promise<Alert>((resolve) => {
    fire = resolve;
  });
  const receiver = createServer(async (asked, answer) => {
    let body = '';
    for await (const chunk of asked) body += String(chunk);
    answer.writeHead(204).end();
    const { alerts } = JSON.parse(body) as Notification;
    const alert = alerts.find(({ status }) => status === 'firing');
    if (alert !== undefined) fire(alert);
  });
  const [storeUrl, receiverUrl] = await Promise.all([listen(store), listen(receiver)]);
  return {
    storeUrl,
    receiverUrl,
    useStore: (url) => {
      upstream = url;
    },
    alerted,
    stop: async () => {
      for (const server of [store, receiver]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
      await agent.destroy();
    },
  };
}

interface Relay {
  readonly answer: ServerResponse;
  readonly agent: Agent;
  readonly signal: AbortSignal;
}

/** The store's own answer; whoever asked and left needs none. */
async function relay(url: string, { answer, agent, signal }: Relay): Promise<void> {
  try {
    const { statusCode, body } = await request(url, { dispatcher: agent, signal });
    const text = await body.text();
    answer.writeHead(statusCode, { 'content-type': 'application/json' }).end(text);
  } catch {
    if (!answer.headersSent) answer.writeHead(502).end();
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
