// A shadow that says it is ready and then answers no request ever. It counts what it was asked and how many connections it had
// open at once.
import { createServer } from 'node:http';
import { listenOnFreePort } from './raw-sockets.ts';

export interface HungShadow {
  readonly url: string;
  readonly port: number;
  asked(): number;
  mostOpen(): number;
  close(): void;
}

export async function startHungShadow(): Promise<HungShadow> {
  let asked = 0;
  let open = 0;
  let mostOpen = 0;
  const server = createServer((message, reply) => {
    message.resume();
    if (message.method === 'GET') reply.end(JSON.stringify({ name: 'm', versions: ['v1'], inputs: [], outputs: [] }));
    else asked += 1;
  });
  server.on('connection', (socket) => {
    open += 1;
    mostOpen = Math.max(mostOpen, open);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      open -= 1;
    });
  });
  const port = await listenOnFreePort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked: () => asked,
    mostOpen: () => mostOpen,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
