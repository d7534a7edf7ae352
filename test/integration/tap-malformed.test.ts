// Requests and answers that two readers could understand differently, cut and mutated by the thousand: both ends see exactly
// the bytes that were sent, and every sampled exchange is copied or counted as lost.
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tap } from '../../src/tap/tap.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { makeLinkPath, type Receiver, startReceiver, startTapAt, until } from '../support/tap-bench.ts';
import { createRandom } from '../support/tap-random.ts';

const vectors = Number(process.env.PENUMBRA_VECTORS ?? 5000);
const atATime = 25;

const post = (lines: string, body = ''): string => `POST /v HTTP/1.1\r\nHost: x\r\n${lines}\r\n${body}`;
const hidden = 'GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n';
const shapes = [
  post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', `0\r\n\r\n${hidden}`),
  post('Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', `0\r\n\r\n${hidden}`),
  post('Transfer-Encoding : chunked\r\nContent-Length: 4\r\n', '0\r\n\r\n'),
  post('Content-Length: 5\r\nContent-Length: 6\r\n', 'abcdef'),
  post('Content-Length: +5\r\n', 'abcde'),
  post('Content-Length: 5\n', 'abcde'),
  post('Transfer-Encoding: chunked\r\n', `5;a="\r\n"\r\nabcde\r\n0\r\n\r\n${hidden}`),
  post('Transfer-Encoding: chunked\r\n', `0\r\nContent-Length: 40\r\n\r\n${hidden}`),
  post('X: a\r\n Transfer-Encoding: chunked\r\n', hidden),
  `GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${hidden}`,
  'GET /\r\n\r\n',
  `GET http://other/ HTTP/1.1\r\nHost: x\r\nContent-Length: 37\r\n\r\n${hidden}`,
  `\r\n\r\n${hidden}`,
  post('Connection: content-length\r\nContent-Length: 3\r\n', 'abc'),
  post('Expect: 100-continue\r\nContent-Length: 3\r\n', 'abc'),
  `${hidden}${hidden}${post('Content-Length: 0\r\n')}`,
];
const answers = [
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nabcde',
  'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!',
  'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.0 200 OK\r\n\r\nto the end',
  'HTTP/1.1 101 Switching Protocols\r\n\r\n\u0000\u0001',
  '',
];
const insertions = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  '\u0000',
  '0\r\n\r\n',
  'Content-Length: 7\r\n',
  'f',
  ';',
  hidden,
];

function mutated(text: string, random: ReturnType<typeof createRandom>): Buffer {
  let made = text;
  for (let count = random.below(3); count > 0; count--) {
    const at = random.below(made.length + 1);
    const inserted = insertions[random.below(insertions.length)] ?? '';
    made = made.slice(0, at) + inserted + made.slice(at + (random.below(2) === 0 ? 0 : inserted.length));
  }
  return Buffer.from(made, 'latin1');
}

interface Played {
  readonly sent: Buffer;
  readonly answered: Buffer;
  request: Buffer;
  answer: Buffer;
}

let link: Awaited<ReturnType<typeof makeLinkPath>>;
let receiver: Receiver;
let tap: Tap;
/** What production is to answer and what it saw, in the order of its connections' first four bytes. */
const plays = new Map<number, Played>();
const server = createServer({ allowHalfOpen: true }, (socket) => void serve(socket));

beforeAll(async () => {
  link = await makeLinkPath();
  receiver = await startReceiver(link.linkPath);
  tap = await startTapAt(await listenOnFreePort(server), link.linkPath);
  await until(() => tap.isLinked());
});

afterAll(async () => {
  await tap.stop({ drainMs: 0 });
  await receiver.source.stop();
  server.close();
  await link.remove();
});

/** Takes all that comes and answers when the client has said all; which play it is, the client's port says. */
async function serve(socket: Socket): Promise<void> {
  const request = await allOf(socket);
  const index = request.lastIndexOf('#');
  const play = plays.get(Number(request.toString('latin1', index + 1)));
  if (play === undefined) {
    socket.destroy();
    return;
  }
  play.request = request;
  socket.end(play.answered);
}

/** What comes until the other end has said all, or is gone; this end may still speak. */
function allOf(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  return new Promise((resolve) => {
    for (const event of ['end', 'error', 'close']) socket.on(event, () => resolve(Buffer.concat(parts)));
  });
}

async function play(index: number): Promise<Played> {
  const random = createRandom(index);
  const text = Array.from({ length: 1 + random.below(2) }, () => shapes[random.below(shapes.length)] ?? '').join('');
  // The last bytes tell production which play it is in; for every reader they are part of what is odd.
  const sent = Buffer.concat([mutated(text, random), Buffer.from(`#${index}`)]);
  const answered = mutated(answers[random.below(answers.length)] ?? '', random);
  const played: Played = { sent, answered, request: Buffer.alloc(0), answer: Buffer.alloc(0) };
  plays.set(index, played);
  const socket = connect({ port: tap.address.port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  const cut = random.below(sent.length);
  socket.write(sent.subarray(0, cut));
  setImmediate(() => socket.end(sent.subarray(cut)));
  played.answer = await allOf(socket);
  socket.destroy();
  plays.delete(index);
  return played;
}

describe('bytes that nobody should send', () => {
  it('reach the other end as they are, and leave no exchange unaccounted for', { timeout: 300_000 }, async () => {
    const violations: string[] = [];
    for (let from = 0; from < vectors; from += atATime) {
      const played = await Promise.all(Array.from({ length: atATime }, (_, offset) => play(from + offset)));
      for (const [offset, { sent, answered, request, answer }] of played.entries()) {
        if (!request.equals(sent)) violations.push(`${from + offset}: the request was altered`);
        if (!answer.equals(answered)) violations.push(`${from + offset}: the answer was altered`);
      }
    }
    process.stdout.write(`malformed and smuggling: ${vectors} trials, ${violations.length} violations\n`);
    expect(violations).toEqual([]);
    await until(() => tap.counters.open === 0);
    const { counters } = tap;
    const lost = (): number => Object.values(tap.counters.lost).reduce((sum, count) => sum + count, 0);
    await until(() => tap.counters.sampled === tap.counters.copied + lost());
    const blind = Object.values(counters.blind).reduce((sum, count) => sum + count, 0);
    expect(blind).toBeGreaterThan(vectors / 10);
    expect(counters.blind.fault).toBe(0);
    await until(() => receiver.exchanges.length + (receiver.source.losses().malformed ?? 0) === tap.counters.copied);
  });
});
