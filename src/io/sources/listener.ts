// An HTTP address of a source's own, for proxies and loggers that send whatever path they like and no token. It answers every message at
// once, holds no more than it may, and never lets a broken one reach anything else.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { messageOf, PenumbraError } from '../../errors.ts';
import type { Headers, RequestMessage } from '../../model.ts';
import { parseListenAddress } from '../listen-address.ts';
import type { RouteAnswer } from '../ports.ts';

export interface ListenerOptions {
  readonly listen: string;
  readonly maxBodyBytes: number;
  /** Body null: none is sent. @throws PenumbraError, which is answered */
  readonly take: (message: RequestMessage) => RouteAnswer;
}

export interface Listener {
  /** @throws PenumbraError ADDRESS_IN_USE, BIND_REFUSED */
  start(): Promise<void>;
  stop(): Promise<void>;
  /** What was no message that could be taken, by reason. */
  refused(): Readonly<Record<'too_large' | 'busy' | 'broken', number>>;
  /** Null before it listens. */
  port(): number | null;
}

/** Of bodies that are being received, over all connections. */
const maxHeldBytes = 128 * 1024 * 1024;
const maxConnections = 2000;
const headersWithinMs = 10_000;
const messageWithinMs = 30_000;
/** Longer than proxies keep theirs, so that none is closed under a message. */
const idleMs = 75_000;

interface ListenerState extends ListenerOptions {
  readonly counts: Record<'too_large' | 'busy' | 'broken', number>;
  /** Connections with a message under way, which itself says that it broke. */
  readonly receiving: WeakSet<Duplex>;
  heldBytes: number;
}

export function createListener(options: ListenerOptions): Listener {
  const state: ListenerState = {
    ...options,
    counts: { too_large: 0, busy: 0, broken: 0 },
    heldBytes: 0,
    receiving: new WeakSet(),
  };
  const server = createServer({
    headersTimeout: headersWithinMs,
    requestTimeout: messageWithinMs,
    keepAliveTimeout: idleMs,
    connectionsCheckingInterval: 1000,
  });
  server.maxConnections = maxConnections;
  server.on('request', (request, response) => receive(state, request, response));
  server.on('clientError', (_error, socket) => {
    if (!state.receiving.has(socket)) state.counts.broken += 1;
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    else socket.destroy();
  });
  return {
    start: () => listen(server, options.listen),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    refused: () => ({ ...state.counts }),
    port: () => {
      const address = server.address();
      return typeof address === 'object' && address !== null ? address.port : null;
    },
  };
}

function listen(server: Server, address: string): Promise<void> {
  const { host, port } = parseListenAddress(address);
  return new Promise((resolve, reject) => {
    const refuse = (error: Error & { code?: string }): void => {
      const isTaken = error.code === 'EADDRINUSE';
      const words = isTaken
        ? `${address} is in use by another process`
        : `cannot listen on ${address}: ${error.message}`;
      reject(new PenumbraError(isTaken ? 'ADDRESS_IN_USE' : 'BIND_REFUSED', words, address));
    };
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      // A failed accept costs one connection, which its owner opens again.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function receive(state: ListenerState, request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = [];
  let [size, isRefused] = [0, false];
  state.receiving.add(request.socket);
  const refuse = (why: 'too_large' | 'busy', answer: RouteAnswer): void => {
    isRefused = true;
    state.counts[why] += 1;
    forget();
    response.setHeader('connection', 'close');
    send(response, answer);
    request.resume();
  };
  const forget = (): void => {
    state.heldBytes -= size;
    size = 0;
    parts.length = 0;
  };
  request.on('data', (part: Buffer) => {
    if (isRefused) return;
    size += part.length;
    state.heldBytes += part.length;
    if (size > state.maxBodyBytes) return refuse('too_large', refusal('BODY_TOO_LARGE', 'the body is too large'));
    if (state.heldBytes > maxHeldBytes) return refuse('busy', refusal('OVERLOADED', 'too much is being received'));
    parts.push(part);
  });
  request.on('end', () => {
    state.receiving.delete(request.socket);
    if (isRefused) return;
    const body = parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
    forget();
    send(response, answerTo(state, { ...headOf(request), body }));
  });
  // Cut short: what there was of it says nothing.
  request.on('error', () => {
    if (isRefused) return;
    isRefused = true;
    state.counts.broken += 1;
    forget();
  });
}

function answerTo(state: ListenerState, message: RequestMessage): RouteAnswer {
  try {
    return state.take(message);
  } catch (thrown) {
    if (thrown instanceof PenumbraError) return refusal(thrown.code, thrown.message);
    return refusal('INTERNAL', messageOf(thrown));
  }
}

function refusal(code: PenumbraError['code'], message: string): RouteAnswer {
  const { status, retryable } = new PenumbraError(code, message);
  return { status, body: { error: { code, message, retryable } } };
}

function headOf({ method = 'GET', url = '/', headers }: IncomingMessage): Omit<RequestMessage, 'body'> {
  const joined: Headers = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]),
  );
  return { method, path: originForm(url), headers: joined };
}

/** Some proxies send the whole address. */
function originForm(url: string): string {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '');
  return path.startsWith('/') ? path : `/${path}`;
}

function send(response: ServerResponse, { status, body }: RouteAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const text = body === null ? '' : JSON.stringify(body);
  if (text === '') response.writeHead(status, status === 204 ? {} : { 'content-length': 0 }).end();
  else
    response
      .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
      .end(text);
}
