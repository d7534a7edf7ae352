// The HTTP target against servers with bad manners: every ending becomes one reply, and nothing of production leaks.
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpTarget } from '../../../../src/io/targets/http.ts';
import { answering, type Behaviour, sending, unusedUrl } from '../../../support/evil-server.ts';
import { closeAll, serverWith, targetAt } from '../../../support/http-target.ts';
import { callWith, goodAnswer, oipCodec } from '../../../support/target-call.ts';

afterEach(closeAll);

const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
/** One chunk of one byte, again and again. */
const drip: Behaviour = (socket) => {
  socket.write(`${head}transfer-encoding: chunked\r\n\r\n`);
  const timer = setInterval(() => socket.write('1\r\n \r\n'), 5);
  socket.on('close', () => clearInterval(timer));
};
/** A gigabyte, as fast as it is taken. */
const flood: Behaviour = (socket) => {
  socket.write(`${head}content-length: ${2 ** 30}\r\n\r\n`);
  const piece = Buffer.alloc(256 * 1024, 32);
  const pour = (): void => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', pour);
  pour();
};

/** 103 Early Hints, again and again. */
const interimFlood: Behaviour = (socket) => {
  const pour = (): void => {
    while (!socket.destroyed && socket.write('HTTP/1.1 103 E\r\n\r\n'.repeat(100)));
  };
  socket.on('drain', pour);
  pour();
};
/** Fifty megabytes of blanks in fifty kilobytes; nobody asked for compression. */
const bomb: Behaviour = (socket) => {
  const body = gzipSync(Buffer.alloc(50 * 1024 * 1024, 32));
  socket.write(`${head}content-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`);
  socket.write(body);
};
const tooLarge = { status: 'invalid', reason: 'too_large' };
/** How undici says that it read no further. */
const brokenOff = { status: 'error', reason: 'reset' };
const malformed = { status: 'invalid', reason: 'malformed_http' };

describe('every ending becomes one reply', () => {
  const table: readonly (readonly [string, Behaviour, { status: string; reason: string | null }])[] = [
    ['a good answer', answering(200, goodAnswer), { status: 'ok', reason: null }],
    [
      'a good answer after 103 Early Hints',
      (socket) =>
        socket.write(
          `HTTP/1.1 103 E\r\nlink: </x>\r\n\r\n${head}content-length: ${goodAnswer.length}\r\n\r\n${goodAnswer}`,
        ),
      { status: 'ok', reason: null },
    ],
    ['a redirect', answering(302, '', 'location: http://127.0.0.1:1/\r\n'), { status: 'error', reason: 'http_302' }],
    ['a 404', answering(404, '{}'), { status: 'error', reason: 'http_404' }],
    ['a 503', answering(503, '{"error":"no"}'), { status: 'error', reason: 'http_503' }],
    ['an empty 200', answering(200, ''), { status: 'invalid', reason: 'undecodable' }],
    ['a 204', sending('HTTP/1.1 204 No Content\r\n\r\n'), { status: 'invalid', reason: 'undecodable' }],
    ['JSON of another kind', answering(200, '{"predictions":[1]}'), { status: 'invalid', reason: 'undecodable' }],
    [
      'a compressed answer',
      answering(200, goodAnswer, 'content-encoding: gzip\r\n'),
      { status: 'invalid', reason: 'undecodable' },
    ],
    ['no HTTP at all', sending('SSH-2.0-OpenSSH_9.2\r\n\r\n'), { status: 'invalid', reason: 'malformed_http' }],
    [
      'garbled chunks',
      sending(`${head}transfer-encoding: chunked\r\n\r\nZZ\r\n`),
      { status: 'invalid', reason: 'malformed_http' },
    ],
    ['a head without end', sending(`${head}x: ${'y'.repeat(40_000)}`), { status: 'invalid', reason: 'too_large' }],
    [
      'a flood of headers',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x-a: 1\r\n'.repeat(50_000)}\r\n`),
      { status: 'invalid', reason: 'too_large' },
    ],
    ['interim answers without end', interimFlood, { status: 'timeout', reason: 'deadline' }],
    ['a terabyte, as it says', sending(`${head}content-length: ${2 ** 40}\r\n\r\n${' '.repeat(70_000)}`), tooLarge],
    [
      'more bytes than it says, and another answer in them',
      sending(`${head}content-length: ${goodAnswer.length}\r\n\r\n${goodAnswer}HTTP/1.1 500 No\r\n\r\n`),
      { status: 'ok', reason: null },
    ],
    ['two lengths', sending(`${head}content-length: 5\r\ncontent-length: 500\r\n\r\n`), brokenOff],
    ['a length below zero', sending(`${head}content-length: -5\r\n\r\n`), malformed],
    [
      'a length beside chunks',
      sending(`${head}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`),
      brokenOff,
    ],
    ['a bomb that is small while compressed', bomb, { status: 'invalid', reason: 'undecodable' }],
    ['a body over the cap', answering(200, ' '.repeat(70_000)), { status: 'invalid', reason: 'too_large' }],
    ['a gigabyte', flood, { status: 'invalid', reason: 'too_large' }],
    [
      'an endless 500',
      (socket) => socket.write(`HTTP/1.1 500 X\r\ncontent-length: 900000\r\n\r\n${' '.repeat(80_000)}`),
      { status: 'error', reason: 'http_500' },
    ],
    ['a slow drip', drip, { status: 'timeout', reason: 'deadline' }],
    ['silence', () => {}, { status: 'timeout', reason: 'deadline' }],
    [
      'a body that never ends',
      sending(`${head}content-length: 500\r\n\r\n{`),
      { status: 'timeout', reason: 'deadline' },
    ],
    ['a close without an answer', (socket) => socket.end(), { status: 'error', reason: 'reset' }],
    ['a reset without an answer', (socket) => socket.resetAndDestroy(), { status: 'error', reason: 'reset' }],
    [
      'a close in the middle of the body',
      sending(`${head}content-length: 500\r\n\r\n{"outputs"`, { thenClose: true }),
      { status: 'error', reason: 'reset' },
    ],
    [
      'a close in the middle of the chunks',
      sending(`${head}transfer-encoding: chunked\r\n\r\n5\r\n{"out`, { thenClose: true }),
      { status: 'error', reason: 'reset' },
    ],
    [
      'a reset in the middle of the body',
      (socket) => socket.write(`${head}content-length: 500\r\n\r\n{`, () => socket.resetAndDestroy()),
      { status: 'error', reason: 'reset' },
    ],
    [
      'a length that is too short',
      (socket) => socket.write(`${head}content-length: 5\r\n\r\n${goodAnswer}`),
      { status: 'invalid', reason: 'undecodable' },
    ],
    [
      'an upgrade nobody asked for',
      sending('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'),
      { status: 'error', reason: 'reset' },
    ],
  ];

  it.each(table)('%s', async (_name, behave, expected) => {
    const server = await serverWith(behave);
    const target = targetAt(server.url, { maxAnswerBytes: 65_536 });
    const reply = await target.call(callWith({ deadlineMs: expected.status === 'timeout' ? 150 : 5000 }));
    expect({ status: reply.status, reason: reply.reason }).toEqual(expected);
    expect(reply.latencyMs).toBeGreaterThan(0);
    expect(reply.answer === null).toBe(expected.status !== 'ok');
  });

  it('says unavailable when nobody listens, and when there is no such host', async () => {
    expect(await targetAt(await unusedUrl()).call(callWith())).toMatchObject({
      status: 'unavailable',
      reason: 'connection_refused',
    });
    expect(await targetAt('http://nowhere.invalid:80').call(callWith({ deadlineMs: 60_000 }))).toMatchObject({
      status: 'unavailable',
      reason: 'host_not_found',
    });
  });

  it('recovers: the call after a failed one is its own', async () => {
    let isBad = true;
    const server = await serverWith((socket) =>
      isBad ? socket.resetAndDestroy() : answering(200, goodAnswer)(socket),
    );
    const target = targetAt(server.url);
    expect((await target.call(callWith())).status).toBe('error');
    isBad = false;
    expect((await target.call(callWith())).status).toBe('ok');
  });

  it('sends each request once: no retry after a reset', async () => {
    const server = await serverWith((socket) => socket.resetAndDestroy());
    await targetAt(server.url).call(callWith());
    expect(server.received().match(/POST /g)).toHaveLength(1);
  });

  it('waits no longer than the deadline for a free connection, and then sends nothing', async () => {
    const server = await serverWith(() => {});
    const target = targetAt(server.url, { maxConnections: 1 });
    const first = target.call(callWith({ deadlineMs: 400 }));
    const second = await target.call(callWith({ deadlineMs: 50, message: { ...callWith().message, path: '/queued' } }));
    expect(second).toMatchObject({ status: 'timeout', reason: 'deadline' });
    expect((await first).reason).toBe('deadline');
    expect((await target.call(callWith({ deadlineMs: 100 }))).reason).toBe('deadline');
    expect(server.received()).not.toContain('/queued');
  });

  it('destroys the connection of an abandoned call', async () => {
    const closed = new Promise<void>((resolve) => {
      void serverWith((socket) => void socket.on('close', () => resolve())).then((server) =>
        targetAt(server.url).call(callWith({ deadlineMs: 50 })),
      );
    });
    await expect(closed).resolves.toBeUndefined();
  });

  it('names what cannot be encoded or sent instead of throwing', async () => {
    const server = await serverWith(answering(200, goodAnswer));
    const broken = {
      ...oipCodec,
      encodeRequest: () => {
        throw new Error('no');
      },
    };
    expect(await targetAt(server.url, { codec: broken }).call(callWith({ perturbed: true }))).toMatchObject({
      status: 'invalid',
      reason: 'unencodable',
    });
    const headers = { 'x-shadow': 'a\r\nb: c' };
    expect(await targetAt(server.url).call(callWith({ headers }))).toMatchObject({
      status: 'error',
      reason: 'call_failed',
    });
    expect(server.accepted()).toBe(0);
  });
});

describe('what is sent', () => {
  it("drops every header of production but the allow-list, and adds the shadow's own", async () => {
    const server = await serverWith(answering(200, goodAnswer));
    await targetAt(server.url, { headers: { authorization: 'Bearer shadow' } }).call(callWith());
    const sent = server.received().toLowerCase();
    expect(sent).toContain('authorization: bearer shadow');
    expect(sent).toContain('x-shadow: run/arm');
    expect(sent).toContain('content-type: application/json');
    expect(sent).toContain('x-request-id: r1');
    for (const secret of ['production', 'cookie', 'traceparent', 'accept-encoding']) expect(sent).not.toContain(secret);
  });

  it('sends on what is named besides, and no header more', async () => {
    const server = await serverWith(answering(200, goodAnswer));
    const { message } = callWith();
    const headers = { ...message.headers, 'x-tenant': 'blue', 'x-forwarded-for': '10.0.0.1' };
    const target = targetAt(server.url, { forward: ['x-tenant', 'x-absent'] });
    await target.call(callWith({ message: { ...message, headers } }));
    const names = server
      .received()
      .split('\r\n\r\n', 1)[0]
      ?.split('\r\n')
      .slice(1)
      .map((line) => line.split(':', 1)[0]?.toLowerCase());
    const everyCall = ['connection', 'content-length', 'content-type', 'host', 'x-request-id', 'x-shadow'];
    expect(names?.toSorted()).toEqual([...everyCall, 'x-tenant']);
  });

  it('sends the original bytes when nothing was perturbed, the encoded request otherwise', async () => {
    const server = await serverWith(answering(200, goodAnswer));
    const message = { ...callWith().message, body: Buffer.from('{"inputs":  [], "id": "odd spacing"}') };
    await targetAt(server.url).call(callWith({ message, request: { inputs: [] } }));
    expect(server.received()).toContain('{"inputs":  [], "id": "odd spacing"}');
    await targetAt(server.url).call(callWith({ message, request: { inputs: [], id: 'changed' }, perturbed: true }));
    expect(server.received()).toContain('{"inputs":[],"id":"changed"}');
  });

  it.each([
    ['', '/v2/models/tiny/infer'],
    ['/', '/v2/models/tiny/infer'],
    ['/v2/models/other/versions/2/infer?x=1', '/v2/models/other/versions/2/infer?x=1'],
  ])('asks the URL ending in "%s" for %s', async (ending, path) => {
    const server = await serverWith(answering(200, goodAnswer));
    await targetAt(`${server.url}${ending}`).call(callWith());
    expect(server.received()).toContain(`POST ${path} HTTP/1.1`);
  });

  it('keeps its connections', async () => {
    const server = await serverWith(answering(200, goodAnswer));
    const target = targetAt(server.url);
    for (let turn = 0; turn < 20; turn++) expect((await target.call(callWith())).status).toBe('ok');
    // One more than needed: the next call may start before the connection counts as free.
    expect(server.accepted()).toBeLessThanOrEqual(2);
  });

  it.each(['ftp://x', 'nonsense', 'http://user:secret@host'])('refuses the URL %s', (url) => {
    expect(() => createHttpTarget({ url, codec: oipCodec })).toThrow(/an http or https URL/);
  });
});
