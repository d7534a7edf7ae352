// Random legal HTTP/1.1 conversations as bytes, with bodies full of fake HTTP: what the tap's scanner must pair exactly.
import fc from 'fast-check';

export interface TrafficExchange {
  readonly request: Buffer;
  /** Interim answers in front of the final one. */
  readonly interim: Buffer;
  readonly answer: Buffer;
  /** Bytes of the request after which the answer may begin. */
  readonly answerableFrom: number;
}

const fakes = [
  'GET /fake HTTP/1.1\r\nhost: x\r\n\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc',
  'HTTP/1.1 204 No Content\r\n\r\n',
  '0\r\n\r\n',
  '5\r\nhello\r\n',
  '\r\n\r\n',
  'content-length: 7\r\n',
  'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  '\u0000\u00ff\n\r',
  'x'.repeat(300),
];

const body = fc
  .array(fc.constantFrom(...fakes), { maxLength: 6 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'));
const otherHeaders = fc
  .array(
    fc.constantFrom(
      'Host: example.test',
      'X-Note: HTTP/1.1 200 OK',
      'x-empty:',
      'X-Content-Length: 99',
      'TE: trailers',
      'Connection: keep-alive, TE',
      'Cookie: a=b; transfer-encoding=chunked',
      'x-high: \u00e9\u00ff',
      'Content-Type:application/json',
    ),
    { maxLength: 4 },
  )
  .map((lines) => lines.map((line) => `${line}\r\n`).join(''));
const lengthName = fc.constantFrom('Content-Length: ', 'content-length:', 'CONTENT-LENGTH:  ');
const chunkedLine = fc.constantFrom('Transfer-Encoding: chunked\r\n', 'transfer-encoding:CHUNKED \r\n');
const extension = fc.constantFrom('', ';a', ';a=b', ' ;q="\t; x"');
const trailer = fc.constantFrom('', 'Digest: abc\r\n', 'x-a: b\r\nx-b:\r\n');

/** The body in chunks of random sizes, with extensions and trailers. */
const chunks = fc
  .record({ body, sizes: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 9 }), extension, trailer })
  .map((made) => {
    const parts: Buffer[] = [];
    let at = 0;
    for (const size of [...made.sizes, made.body.length]) {
      const piece = made.body.subarray(at, at + size);
      if (piece.length === 0) break;
      at += piece.length;
      parts.push(Buffer.from(`${piece.length.toString(16)}${made.extension}\r\n`), piece, Buffer.from('\r\n'));
    }
    return Buffer.concat([...parts, Buffer.from(`0${made.extension}\r\n${made.trailer}\r\n`)]);
  });

interface Framed {
  readonly lines: string;
  readonly body: Buffer;
}

const sized: fc.Arbitrary<Framed> = fc
  .tuple(body, lengthName)
  .map(([bytes, name]) => ({ lines: `${name}${bytes.length}\r\n`, body: bytes }));
const chunked: fc.Arbitrary<Framed> = fc.tuple(chunks, chunkedLine).map(([bytes, lines]) => ({ lines, body: bytes }));
const bodiless: fc.Arbitrary<Framed> = fc.constant({ lines: '', body: Buffer.alloc(0) });
/** States a length and carries nothing: answers to HEAD, and 304. */
const promised: fc.Arbitrary<Framed> = fc
  .constantFrom('Content-Length: 5\r\n', 'Transfer-Encoding: chunked\r\n', '')
  .map((lines) => ({ lines, body: Buffer.alloc(0) }));

const requestStart = fc.constantFrom('GET / HTTP/1.1', 'POST /v2/models/m/infer?a=%20 HTTP/1.1', 'M-SEARCH * HTTP/1.1');

export const exchange: fc.Arbitrary<TrafficExchange> = fc
  .record({
    isHead: fc.boolean(),
    start: requestStart,
    emptyLines: fc.constantFrom('', '', '\r\n'),
    requestHeaders: otherHeaders,
    framed: fc.oneof(sized, chunked, bodiless),
    interim: fc.constantFrom('', '', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'),
    kind: fc.constantFrom('full', 'full', 'full', 'empty', 'not-modified'),
    answerHeaders: otherHeaders,
    answerFramed: fc.oneof(sized, chunked),
    promised,
  })
  .map((made) => {
    const start = made.isHead ? 'HEAD /health HTTP/1.1' : made.start;
    const head = `${start}\r\n${made.requestHeaders}${made.framed.lines}\r\n`;
    const request = Buffer.concat([Buffer.from(head, 'latin1'), made.framed.body]);
    return {
      request,
      interim: Buffer.from(made.interim, 'latin1'),
      answer: answerBytes(made),
      answerableFrom: Buffer.byteLength(head, 'latin1'),
    };
  });

function answerBytes(made: {
  isHead: boolean;
  kind: string;
  answerHeaders: string;
  answerFramed: Framed;
  promised: Framed;
}): Buffer {
  if (made.kind === 'empty') return Buffer.from(`HTTP/1.1 204 \r\n${made.answerHeaders}\r\n`, 'latin1');
  const status = made.kind === 'not-modified' ? '304 Not Modified' : '200 OK';
  const framed = made.isHead || made.kind === 'not-modified' ? made.promised : made.answerFramed;
  return Buffer.concat([
    Buffer.from(`HTTP/1.1 ${status}\r\n${made.answerHeaders}${framed.lines}\r\n`, 'latin1'),
    framed.body,
  ]);
}

/** Draws, again and again, how many bytes come next and from which side. */
export const schedule = fc.infiniteStream(
  fc.record({ isRequest: fc.boolean(), bytes: fc.constantFrom(1, 2, 3, 7, 40, 1000, 100000) }),
);
