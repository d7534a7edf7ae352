// The two ends of production as witnesses: a server that answers by the seed, clients that ask, each with a log of its own of
// what passed. Neither knows of the tap.

import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { listenOnFreePort } from './raw-sockets.ts';
import { createRandom } from './tap-random.ts';
import { answerOf, endsConnection, requestOf, shaOf } from './tap-seeded-http.ts';

/** What is asked and answered, as a function of the seed; both name it in their first header line. */
export interface Speech {
  requestOf(seed: number): Buffer;
  answerOf(seed: number): Buffer;
  /** Whether production closes after it. */
  endsConnection(seed: number): boolean;
}

const everyFraming: Speech = { requestOf, answerOf, endsConnection };

export interface ProductionOptions {
  readonly speech?: Speech;
  /** How long production thinks. */
  readonly delayMs?: (seed: number) => number;
}

export interface Witness {
  readonly seed: number;
  readonly requestSha: string;
  readonly answerSha: string;
  /** What else happened: bytes that belong to nothing, an end in the middle. */
  readonly trouble?: string;
}

/** Lines are written in batches: a line each would be most of the test. */
export function createWitnessLog(path: string): { write: (witness: Witness) => void; flush: () => void } {
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) appendFileSync(path, `${lines.join('\n')}\n`);
    lines = [];
  };
  return {
    write: (witness) => {
      lines.push(JSON.stringify(witness));
      if (lines.length >= 1000) flush();
    },
    flush,
  };
}

type Log = ReturnType<typeof createWitnessLog>;

export async function startProduction(
  log: Log,
  options: ProductionOptions = {},
): Promise<{ port: number; close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    serve(socket, log, options);
  });
  const port = await listenOnFreePort(server);
  return {
    port,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(socket: Socket, log: Log, { speech = everyFraming, delayMs }: ProductionOptions): void {
  let held = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    held = Buffer.concat([held, chunk]);
    for (;;) {
      const seed = Number(/^[A-Z]+ [^\r]* HTTP\/1\.1\r\nx-seed: (\d+)\r\n/.exec(held.toString('latin1', 0, 200))?.[1]);
      if (Number.isNaN(seed)) return;
      const expected = speech.requestOf(seed).length;
      if (held.length < expected) return;
      const request = held.subarray(0, expected);
      held = held.subarray(expected);
      const answer = speech.answerOf(seed);
      log.write({ seed, requestSha: shaOf(request), answerSha: shaOf(answer) });
      const say = (): void => {
        const cut = createRandom(seed + 7).below(answer.length);
        socket.write(answer.subarray(0, cut));
        if (speech.endsConnection(seed)) socket.end(answer.subarray(cut));
        else socket.write(answer.subarray(cut));
      };
      if (delayMs === undefined) say();
      else setTimeout(say, delayMs(seed));
    }
  });
}

/** After a failure, so that a way that is closed is not asked thousands of times. */
const pauseMs = 10;

export interface Asking {
  readonly from: number;
  readonly to: number;
  readonly speech?: Speech;
  /** Asked before each request: whether to go on. */
  readonly goesOn?: () => boolean;
}

/** Asks every seed of the range once, one after the other, over connections that are kept. */
export async function askAll(port: number, asking: Asking, log: Log): Promise<void> {
  const { from, to, speech = everyFraming, goesOn = () => true } = asking;
  let socket: Socket | null = null;
  for (let seed = from; seed < to && goesOn(); seed++) {
    socket ??= await open(port);
    const answer = await askOne(socket, seed, { log, speech });
    const isUsable = answer && !speech.endsConnection(seed);
    if (isUsable) continue;
    socket.destroy();
    socket = null;
    if (!answer) await new Promise((resume) => setTimeout(resume, pauseMs));
  }
  socket?.destroy();
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve);
    socket.once('close', () => resolve());
  });
  return socket;
}

function askOne(socket: Socket, seed: number, { log, speech }: { log: Log; speech: Speech }): Promise<boolean> {
  const request = speech.requestOf(seed);
  const expected = speech.answerOf(seed).length;
  const parts: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve) => {
    const settle = (trouble: string | null): void => {
      socket.removeAllListeners('data');
      socket.removeAllListeners('close');
      const answerSha = shaOf(Buffer.concat(parts));
      log.write({ seed, requestSha: shaOf(request), answerSha, ...(trouble === null ? {} : { trouble }) });
      resolve(trouble === null);
    };
    socket.on('data', (chunk: Buffer) => {
      parts.push(chunk);
      bytes += chunk.length;
      if (bytes > expected) settle('more bytes than the answer has');
      else if (bytes === expected) settle(null);
    });
    socket.on('close', () => settle('the connection ended in the middle'));
    if (socket.destroyed) {
      settle('the connection was refused');
      return;
    }
    const cut = createRandom(seed + 3).below(request.length);
    socket.write(request.subarray(0, cut));
    if (seed % 3 === 0) setImmediate(() => socket.write(request.subarray(cut)));
    else socket.write(request.subarray(cut));
  });
}
