// An ordinary HTTP service and client, by Node's own http: the answer is a function of the request, so that a wrong, missing
// or doubled byte on the way shows.
import { createHash } from 'node:crypto';
import { Agent, createServer, request } from 'node:http';
import { listenOnFreePort } from './raw-sockets.ts';

export interface HttpService {
  readonly port: number;
  /** How often each path was asked. */
  readonly asked: Map<string, number>;
  close(): Promise<void>;
}

const answerTo = (path: string, body: string): string =>
  createHash('sha256')
    .update(path)
    .update(body)
    .digest('hex')
    .repeat(1 + (body.length % 5));

export async function startHttpService(): Promise<HttpService> {
  const asked = new Map<string, number>();
  const server = createServer(async (message, reply) => {
    const path = message.url ?? '';
    asked.set(path, (asked.get(path) ?? 0) + 1);
    let body = '';
    for await (const chunk of message.setEncoding('latin1')) body += chunk;
    const answer = answerTo(path, body);
    // Every other answer is chunked.
    if (body.length % 2 === 0) reply.setHeader('content-length', answer.length);
    reply.write(answer.slice(0, 10));
    reply.end(answer.slice(10));
  });
  const port = await listenOnFreePort(server);
  return {
    port,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export interface Traffic {
  /** Sends that many requests on keep-alive connections; returns how many answers were not exactly right. */
  send(count: number, options?: { bodyBytes?: number }): Promise<number>;
  /** Paths sent so far. */
  readonly paths: string[];
  close(): void;
}

export function createTraffic(port: number, { connections = 4 } = {}): Traffic {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const paths: string[] = [];
  const one = (bodyBytes: number): Promise<number> => {
    const path = `/v2/models/m/infer?n=${paths.length}`;
    paths.push(path);
    const body = 'b'.repeat(bodyBytes + (paths.length % 7));
    return new Promise((resolve) => {
      const message = request({ port, host: '127.0.0.1', agent, path, method: 'POST' }, async (reply) => {
        let text = '';
        try {
          for await (const chunk of reply.setEncoding('latin1')) text += chunk;
        } catch {
          text = '';
        }
        resolve(reply.statusCode === 200 && text === answerTo(path, body) ? 0 : 1);
      });
      message.on('error', () => resolve(1));
      message.end(body);
    });
  };
  return {
    paths,
    send: async (count, { bodyBytes = 100 } = {}) => {
      const wrong = await Promise.all(Array.from({ length: count }, () => one(bodyBytes)));
      return wrong.reduce((sum, each) => sum + each, 0);
    },
    close: () => agent.destroy(),
  };
}
