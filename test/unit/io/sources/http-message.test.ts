// Messages read back from bytes: the fields people rely on, the chunked framing taken off, and refusals with a code.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswerMessage, readRequestMessage } from '../../../../src/io/sources/http-message.ts';
import { createBench } from '../../../support/conversation-bench.ts';
import { exchange } from '../../../support/http-traffic.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const textOf = (body: Uint8Array) => Buffer.from(body).toString('latin1');

describe('a request', () => {
  it('has method, path, lower-case headers joined when repeated, and its body', () => {
    const message = readRequestMessage(
      bytes(
        'POST /v2/infer?x=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a:  2 \r\n__proto__: p\r\nContent-Length: 3\r\n\r\nabc',
      ),
    );
    expect(message).toMatchObject({ method: 'POST', path: '/v2/infer?x=1' });
    expect(Object.entries(message.headers)).toEqual([
      ['host', 'h'],
      ['x-a', '1, 2'],
      ['__proto__', 'p'],
      ['content-length', '3'],
    ]);
    expect(textOf(message.body)).toBe('abc');
  });

  it.each([
    ['http://host:1/a?b', '/a?b'],
    ['http://host', '/'],
    ['http://host?q', '/?q'],
    ['*', '*'],
    ['/a//b', '/a//b'],
  ])('target %s becomes path %s', (target, path) => {
    expect(readRequestMessage(bytes(`GET ${target} HTTP/1.0\r\n\r\n`)).path).toBe(path);
  });
});

describe('an answer', () => {
  it('loses its chunked framing, extensions and trailers', () => {
    const message = readAnswerMessage(
      bytes(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=b\r\nabc\r\nA ;c\r\n0123456789\r\n00\r\nT: 1\r\nU: 2\r\n\r\n',
      ),
    );
    expect(message.status).toBe(200);
    expect(textOf(message.body)).toBe('abc0123456789');
  });

  it('without length has the rest; to HEAD and with 304 it has nothing, whatever it states', () => {
    expect(textOf(readAnswerMessage(bytes('HTTP/1.0 200 OK\r\n\r\nall\r\n\r\nof it')).body)).toBe('all\r\n\r\nof it');
    expect(readAnswerMessage(bytes('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n')).body).toHaveLength(0);
    expect(readAnswerMessage(bytes('HTTP/1.1 304 \r\ntransfer-encoding: chunked\r\n\r\n')).body).toHaveLength(0);
  });
});

describe('what does not add up is refused with EXCHANGE_INVALID', () => {
  const requests = [
    '',
    'GET / HTTP/1.1\r\n',
    'GET /\r\n\r\n',
    'GET / HTTP/2.0\r\n\r\n',
    'GET / HTTP/1.1\r\nno colon\r\n\r\n',
    'GET / HTTP/1.1\r\na b: c\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\nbody',
    'GET / HTTP/1.1\r\ncontent-length: 4\r\n\r\nabc',
    'GET / HTTP/1.1\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nabc',
    'GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n',
    'GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n',
    'GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n',
    'GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nz\r\n\r\n',
    'GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n',
    'GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nmore',
    'GET / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\nT: 1\r\n\r\nmore\r\n\r\n',
  ];
  it.each(requests)('request %j', (text) => {
    expect(() => readRequestMessage(bytes(text))).toThrow(expect.objectContaining({ code: 'EXCHANGE_INVALID' }));
  });
  it.each(['', '200 OK\r\n\r\n', 'HTTP/1.1 2000 OK\r\n\r\n', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nab'])(
    'answer %j',
    (text) => {
      expect(() => readAnswerMessage(bytes(text))).toThrow(expect.objectContaining({ code: 'EXCHANGE_INVALID' }));
    },
  );

  it('random bytes give a coded error or a message, nothing else', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.constantFrom('', 'GET / HTTP/1.1\r\n', 'x: y\r\n\r\n'),
        (noise, start) => {
          for (const read of [readRequestMessage, readAnswerMessage]) {
            try {
              read(Buffer.concat([bytes(start), noise]));
            } catch (error) {
              expect(error).toMatchObject({ code: 'EXCHANGE_INVALID' });
            }
          }
        },
      ),
    );
  });
});

describe('with the tap', () => {
  it('whatever the tap calls a whole exchange can be read here', () => {
    fc.assert(
      fc.property(exchange, ({ request, interim, answer }) => {
        const bench = createBench();
        bench.request(request);
        bench.answer(interim);
        bench.answer(answer);
        const [copy] = bench.taken;
        expect(copy).toBeDefined();
        readRequestMessage(bytes(copy?.request ?? ''));
        readAnswerMessage(bytes(copy?.answer ?? ''));
      }),
      { numRuns: 500 },
    );
  });
});
