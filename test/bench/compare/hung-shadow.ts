// A shadow that answers until it is told to hang: from then on it takes requests and says nothing.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { shadowAnswerTo } from './exchanges.ts';

export interface HungShadow {
  readonly url: string;
  hang(): void;
  stop(): Promise<void>;
}

export async function startHungShadow(): Promise<HungShadow> {
  let hangs = false;
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (hangs) return;
      const { body, headers } = shadowAnswerTo(Buffer.concat(parts));
      answer.writeHead(200, { ...headers, 'content-length': body.length }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    hang: () => {
      hangs = true;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
