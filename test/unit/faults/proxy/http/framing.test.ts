// Where HTTP/1.1 messages end, however their bytes are cut into pieces; and what is refused because two readers could
// understand it differently.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerBody, requestBody } from '../../../../../src/faults/proxy/http/body.ts';
import { createChunkedBody } from '../../../../../src/faults/proxy/http/chunked.ts';
import { readAnswerHead, readRequestHead } from '../../../../../src/faults/proxy/http/head.ts';

const lines = (...all: string[]): string => all.join('\r\n');

describe('a chunked body', () => {
  it('ends at the same byte however it is cut', () => {
    const chunks = fc.array(fc.string({ minLength: 1, maxLength: 400, size: 'max' }), { maxLength: 5 });
    fc.assert(
      fc.property(
        chunks,
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (texts, hasTrailer, cuts) => {
          const pieces = texts.map((text) => Buffer.from(text));
          const wire = Buffer.concat([
            ...pieces.flatMap((piece) => [
              Buffer.from(`${piece.length.toString(16)};x="1"\r\n`),
              piece,
              Buffer.from('\r\n'),
            ]),
            Buffer.from(hasTrailer ? '0\r\nchecksum: 1\r\n\r\n' : '0\r\n\r\n'),
          ]);
          const behind = Buffer.from('HTTP/1.1 200 OK');
          const all = Buffer.concat([wire, behind]);
          const body = createChunkedBody();
          const data: Buffer[] = [];
          let at = 0;
          for (let n = 0; !body.isDone && at < all.length; n++) {
            const piece = all.subarray(at, at + (cuts[n % cuts.length] ?? 1));
            const used = body.follow(piece);
            data.push(...body.data.map(({ from, to }) => piece.subarray(from, to)));
            at += used;
            expect(used).toBeGreaterThan(0);
          }
          expect(at).toBe(wire.length);
          expect(Buffer.concat(data).equals(Buffer.concat(pieces))).toBe(true);
        },
      ),
    );
  });

  it.each(['x\r\n', '\r\n', '1\n', '1\r\nab\r\n', '1\r\na\n', 'fffffffffffff\r\n', '0\r\n\n'])('%j is none', (text) => {
    expect(createChunkedBody().follow(Buffer.from(text))).toBe(-1);
  });
});

describe('a request head', () => {
  const good = (...fields: string[]) => readRequestHead(lines('POST /a?b HTTP/1.1', ...fields));

  it('says length, id and whether it is the last', () => {
    expect(good('Host: x', 'CONTENT-LENGTH:  12 ', 'Connection: Keep-Alive, Close', 'X-Request-Id: r1')).toMatchObject({
      method: 'POST',
      target: '/a?b',
      contentLength: 12,
      isChunked: false,
      saysClose: true,
      requestId: 'r1',
    });
    expect(good('traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')?.requestId).toBe(
      '4bf92f3577b34da6a3ce929d0e0e4736',
    );
    expect(readRequestHead('GET / HTTP/1.0')?.saysClose).toBe(true);
  });

  it.each([
    ['x-shadow: run1/candidate', 'candidate'],
    ['X-Shadow: run1/', null],
    ['x-shadow: run1', null],
    ['baggage: a=b;p, penumbra-arm = can%20didate;q=1', 'can didate'],
    ['baggage: not-penumbra-arm=1', null],
    ['baggage: penumbra-arm=%zz', '%zz'],
    ['baggage: penumbra-arm=b\r\nx-shadow: run1/a', 'a'],
    ['baggage: a=b\r\nbaggage: penumbra-arm=c', 'c'],
    ['Host: x', null],
  ])('%j names the arm %j', (fields, arm) => {
    expect(good(fields)?.arm).toBe(arm);
  });

  it.each([
    ['two lengths', 'Content-Length: 1', 'Content-Length: 2'],
    ['a list of lengths', 'Content-Length: 1, 1'],
    ['a signed length', 'Content-Length: +1'],
    ['length and chunks', 'Content-Length: 1', 'Transfer-Encoding: chunked'],
    ['a coding that does not end in chunks', 'Transfer-Encoding: chunked, gzip'],
    ['a folded line', 'X: 1', ' 2'],
    ['a blank before the colon', 'Content-Length : 1'],
    ['a line without a name', ': 1'],
    ['a lone line feed', 'X: 1\nY: 2'],
    ['a lone carriage return', 'X: 1\rY: 2'],
    ['a zero byte', 'X: \0'],
  ])('with %s is refused', (_what, ...fields) => {
    expect(good(...fields)).toBeNull();
  });

  it.each(['GET  / HTTP/1.1', 'GET / HTTP/2.0', 'GET /', 'GE T / HTTP/1.1', ''])('%j is none', (line) => {
    expect(readRequestHead(line)).toBeNull();
  });

  it('with codings that end in chunks is read as chunks', () => {
    const head = good('Transfer-Encoding: gzip', 'transfer-encoding: Chunked');
    expect(head?.isChunked).toBe(true);
    expect(head && requestBody(head).isDone).toBe(false);
  });
});

describe('an answer', () => {
  const bodyOf = (head: string, toMethod = 'GET') => {
    const read = readAnswerHead(head);
    if (read === null) throw new Error(`${head} was not read`);
    return answerBody(read, { toMethod });
  };

  it.each([
    [lines('HTTP/1.1 200 OK', 'Content-Length: 5'), 'HEAD'],
    [lines('HTTP/1.1 204 No Content', 'Content-Length: 5'), 'GET'],
    [lines('HTTP/1.1 304 Not Modified', 'Content-Length: 5'), 'GET'],
    ['HTTP/1.1 103 Early Hints', 'GET'],
    [lines('HTTP/1.1 200', 'content-length:0'), 'GET'],
  ])('%j to %s has no body', (head, method) => {
    expect(bodyOf(head, method).isDone).toBe(true);
  });

  it('without a length, or with a coding that is not chunks, lasts until the connection ends', () => {
    expect(bodyOf('HTTP/1.1 200 OK').isUntilClose).toBe(true);
    expect(bodyOf(lines('HTTP/1.0 200 OK', 'Transfer-Encoding: gzip', 'Content-Length: 5')).isUntilClose).toBe(true);
  });

  it('may fold lines, but not those that say where it ends', () => {
    expect(readAnswerHead(lines('HTTP/1.1 200 OK', 'X: 1', '\t2', 'Content-Length: 3'))?.contentLength).toBe(3);
    expect(readAnswerHead(lines('HTTP/1.1 200 OK', 'Content-Length:', ' 3'))).toBeNull();
  });
});
