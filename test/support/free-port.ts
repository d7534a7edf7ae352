// A port of this machine that nobody listened on a moment ago, for processes that must be told theirs.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { listenOnFreePort } from './raw-sockets.ts';

export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenOnFreePort(server);
  server.close();
  await once(server, 'close');
  return port;
}
