// A model service that speaks the Open Inference Protocol and remembers every request it was sent. It answers the score that
// stands in the request, or misbehaves as a test tells it to.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnFreePort } from './raw-sockets.ts';

export interface SeenRequest {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export type ShadowBehaviour = (given: { body: string; reply: ServerResponse; message: IncomingMessage }) => void;

export interface ShadowServer {
  readonly url: string;
  readonly port: number;
  /** Inference calls in the order they came. */
  readonly seen: SeenRequest[];
  behave: ShadowBehaviour;
  close(): Promise<void>;
}

/** Ready and metadata routes answer properly unless `isReady` is false. */
export async function startShadow(
  behave: ShadowBehaviour = answering(),
  { isReady = true, version = 'v1' } = {},
): Promise<ShadowServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (message, reply) => {
    let body = '';
    try {
      for await (const part of message.setEncoding('utf8')) body += part;
    } catch {
      return;
    }
    if (message.method === 'GET') {
      reply.statusCode = isReady ? 200 : 503;
      reply.end(JSON.stringify({ name: 'm', versions: [version], platform: '', inputs: [], outputs: [] }));
      return;
    }
    const given = message.headers['x-request-id'];
    seen.push({ id: String(given), headers: message.headers, body });
    shadow.behave({ body, reply, message });
  });
  const port = await listenOnFreePort(server);
  const shadow: ShadowServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    behave,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return shadow;
}

/** The score that the request's input `x` holds. */
export function scoreIn(body: string): number {
  const request = JSON.parse(body.replaceAll(/-?(NaN|Infinity)/g, 'null')) as {
    inputs: { name: string; data: number[] }[];
  };
  return request.inputs.find(({ name }) => name === 'x')?.data[0] ?? 0;
}

export function answerOf(score: number, version = 'v1'): string {
  const probabilities = { name: 'probabilities', shape: [1, 2], datatype: 'FP64', data: [1 - score, score] };
  return JSON.stringify({ model_name: 'm', model_version: version, outputs: [probabilities] });
}

export function answering({ version = 'v1', change = (score: number) => score } = {}): ShadowBehaviour {
  return ({ body, reply }) => {
    reply.setHeader('content-type', 'application/json');
    reply.end(answerOf(change(scoreIn(body)), version));
  };
}

export const hanging: ShadowBehaviour = () => {};

export function failing(status: number): ShadowBehaviour {
  return ({ reply }) => {
    reply.statusCode = status;
    reply.end('{"error":"no"}');
  };
}

export function saying(text: string): ShadowBehaviour {
  return ({ reply }) => {
    reply.setHeader('content-type', 'application/json');
    reply.end(text);
  };
}

/** The right answer, one byte at a time, far too slowly. */
export function dripping(everyMs = 50): ShadowBehaviour {
  return ({ body, reply }) => {
    const text = answerOf(scoreIn(body));
    reply.setHeader('content-length', text.length);
    let at = 0;
    const timer = setInterval(() => {
      if (reply.destroyed || at >= text.length) {
        clearInterval(timer);
        reply.end();
      } else reply.write(text[at++]);
    }, everyMs);
    reply.on('close', () => clearInterval(timer));
  };
}
