// Requests and answers that two readers could understand differently, cut and mutated by the thousand: both ends see exactly
// the bytes that were sent, and every sampled exchange is copied, paired as another reader pairs it, or counted as lost.
// PENUMBRA_VECTORS says how many.
import { connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RawExchange } from '../../src/model.ts';
import type { Tap } from '../../src/tap/tap.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';
import { makeLinkPath, type Receiver, startReceiver, startTapAt, until } from '../support/tap-bench.ts';
import { type OddBytes, oddBytes, readName } from '../support/tap-odd-bytes.ts';
import { createRandom } from '../support/tap-random.ts';
import { type ReadRequest, readByReference } from '../support/tap-reference-reader.ts';
import { sayTrials } from '../support/tap-stand.ts';

const vectors = Number(process.env.PENUMBRA_VECTORS ?? 5000);
const atATime = 25;

interface Played extends OddBytes {
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
  const odd = oddBytes(index);
  const { sent } = odd;
  const played: Played = { ...odd, request: Buffer.alloc(0), answer: Buffer.alloc(0) };
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

/**
 * What is wrong with one copy, by its names and by what another reader makes of what that client sent. `unread`: that reader
 * is stricter and stopped before; its names alone speak for it.
 */
async function faultOf({ request, answer, sourceId }: RawExchange): Promise<string | null> {
  const place = readName(answer.headers['x-place'] ?? '');
  const seed = readName(request.path)?.seed ?? place?.seed;
  const sequence = Number(sourceId.split('-').at(-1));
  if (place !== null && (place.seed !== seed || Number(place.letter) !== sequence - 1)) {
    return `${seed}: request ${sequence} with answer ${place.letter} of ${place.seed}`;
  }
  if (seed === undefined) return 'unread';
  const { sent } = oddBytes(seed);
  const { requests, hasRefused } = await readByReference(sent, sent.lastIndexOf('#'));
  const at = requests.findIndex((one) => isSame(one, request));
  if (at === sequence - 1) return null;
  return at === -1 && hasRefused
    ? 'unread'
    : `${seed}: ${request.method} ${request.path} is request ${at + 1} elsewhere`;
}

function isSame({ method, target, body }: ReadRequest, request: RawExchange['request']): boolean {
  const isPath = target.replace(/^http:\/\/[^/]*/, '') === request.path;
  return method === request.method && isPath && body === Buffer.from(request.body).toString('latin1');
}

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

describe('bytes that nobody should send', () => {
  it('reach the other end as they are, and copies are right or counted as lost', { timeout: 900_000 }, async () => {
    const violations: string[] = [];
    for (let from = 0; from < vectors; from += atATime) {
      const played = await Promise.all(Array.from({ length: atATime }, (_, offset) => play(from + offset)));
      for (const [offset, { sent, answered, request, answer }] of played.entries()) {
        if (!request.equals(sent)) violations.push(`${from + offset}: the request was altered`);
        if (!answer.equals(answered)) violations.push(`${from + offset}: the answer was altered`);
      }
    }
    sayTrials('malformed and smuggling, bytes at both ends', { trials: vectors, violations });
    expect(violations, 'violations').toEqual([]);
    await until(() => tap.counters.open === 0);
    await until(() => tap.counters.sampled === tap.counters.copied + sumOf(tap.counters.lost));
    const { counters } = tap;
    expect(sumOf(counters.blind)).toBeGreaterThan(vectors / 10);
    expect(counters.blind.fault).toBe(0);
    await until(() => receiver.exchanges.length + (receiver.source.losses().malformed ?? 0) === tap.counters.copied);
  });

  it('are paired as another reader pairs them, wherever they are copied', { timeout: 900_000 }, async () => {
    const faults = await Promise.all(receiver.exchanges.map(faultOf));
    const violations = faults.filter((fault) => fault !== null && fault !== 'unread') as string[];
    const unread = faults.filter((fault) => fault === 'unread').length;
    const trials = receiver.exchanges.length;
    const { lost, blind } = tap.counters;
    const aside = ` (${unread} of them by their names alone; ${sumOf(lost)} lost and counted, ${sumOf(blind)} of ${vectors} connections blind)`;
    sayTrials('malformed and smuggling, copies paired rightly', { trials, violations }, aside);
    expect(violations, 'violations').toEqual([]);
    expect(trials).toBeGreaterThan(vectors / 10);
    expect(unread).toBeLessThan(trials / 2);
  });

  it('a false pair, and one that another reader does not see, are found out', async () => {
    const faults = await Promise.all(receiver.exchanges.map(faultOf));
    const [first, second] = receiver.exchanges.filter((_, at) => faults[at] === null);
    if (first === undefined || second === undefined) throw new Error('no copies');
    expect(await faultOf({ ...first, answer: second.answer })).toContain('with answer');
    const body = Buffer.concat([first.request.body, Buffer.from('x')]);
    expect(await faultOf({ ...first, request: { ...first.request, body } })).not.toBe(null);
  });
});
