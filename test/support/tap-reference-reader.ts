// Another reader's opinion of what a client has sent: Node's own strict HTTP server, given the bytes over no network at all.
import { createServer } from 'node:http';
import { Duplex } from 'node:stream';

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly body: string;
}

export interface Reading {
  /** In their order, each with its whole body. */
  readonly requests: readonly ReadRequest[];
  /** It would read no further before `untilBytes`: stricter than it need be, mostly. */
  readonly hasRefused: boolean;
}

export async function readByReference(bytes: Buffer, untilBytes: number): Promise<Reading> {
  const requests: ReadRequest[] = [];
  let hasRefused = false;
  const server = createServer({ insecureHTTPParser: false, requireHostHeader: false }, (message, reply) => {
    let body = '';
    // Whatever comes behind an offer to upgrade it leaves to the other protocol, also when the offer is not taken.
    if (message.headers.upgrade !== undefined) hasRefused = true;
    message.setEncoding('latin1').on('data', (part: string) => {
      body += part;
    });
    message.on('error', () => undefined);
    message.on('end', () => {
      requests.push({ method: message.method ?? '', target: message.url ?? '', body });
      reply.end();
    });
  });
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const over = new Promise((resolve) => socket.once('close', resolve));
  socket.on('error', () => undefined);
  server.on('clientError', (error: Error & { bytesParsed?: number }) => {
    hasRefused ||= (error.bytesParsed ?? 0) < untilBytes;
    // What was read in front of the error is told of in later turns.
    setImmediate(() => setImmediate(() => socket.destroy()));
  });
  for (const expecting of ['checkContinue', 'checkExpectation']) {
    server.on(expecting, (message, reply) => server.emit('request', message, reply));
  }
  server.emit('connection', socket);
  socket.push(bytes);
  socket.push(null);
  await over;
  return { requests, hasRefused };
}
