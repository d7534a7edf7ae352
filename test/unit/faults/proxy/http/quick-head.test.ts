// The quick reader of heads says the same as the careful one, or nothing.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAnswerHead, readRequestHead } from '../../../../../src/faults/proxy/http/head.ts';
import { quickAnswerHead, quickRequestHead } from '../../../../../src/faults/proxy/http/quick-head.ts';

const field = fc
  .tuple(
    fc.oneof(
      fc.constantFrom('content-length', 'Content-Length', 'TRANSFER-ENCODING', 'connection', 'Connection', 'Expect'),
      fc.constantFrom(
        'x-request-id',
        'X-Request-Id',
        'traceparent',
        'x-shadow',
        'baggage',
        'Host',
        'X^Shadow',
        'x-shad\rw',
      ),
      fc.constantFrom('', ' x', 'bag gage', 'baggage ', 'x\u0000', 'accept'),
    ),
    fc.constantFrom(':', ': ', ':\t ', ' : ', ''),
    fc.oneof(
      fc.constantFrom('5', '05', '1, 1', 'close', 'keep-alive', 'Keep-Alive, x', 'chunked', 'gzip, Chunked', 'run/arm'),
      fc.constantFrom(
        '',
        'penumbra-arm=a%20b',
        '00-abc-def-01',
        '100-continue',
        '\xa0x\xff',
        'a\nb',
        'a\rb',
        'a\x7f',
        '\x01',
      ),
      fc.string({ maxLength: 10 }),
    ),
  )
  .map((parts) => parts.join(''));
const head = (line: fc.Arbitrary<string>) =>
  fc.tuple(line, fc.array(field, { maxLength: 4 })).map(([first, fields]) => [first, ...fields].join('\r\n'));

describe('the quick reader', () => {
  it('reads a request as the careful one does, or leaves it to it', () => {
    const line = fc.constantFrom(
      'GET / HTTP/1.1',
      'POST /a?b HTTP/1.1',
      'GET / HTTP/1.0',
      'GET  / HTTP/1.1',
      'G\tT / HTTP/1.1',
    );
    let reads = 0;
    fc.assert(
      fc.property(head(line), fc.string(), (text, body) => {
        const quick = quickRequestHead(Buffer.from(`${text}\r\n\r\n${body}`, 'latin1'));
        if (quick === null) return;
        reads++;
        // What follows the first empty line is the body's.
        const [block = ''] = `${text}\r\n\r\n`.split('\r\n\r\n');
        expect(quick).toEqual({ head: readRequestHead(block), bodyAt: Buffer.from(block, 'latin1').length + 4 });
      }),
      { numRuns: 5000 },
    );
    expect(reads).toBeGreaterThan(200);
  });

  it('reads an answer as the careful one does, or leaves it to it', () => {
    const line = fc.constantFrom(
      'HTTP/1.1 200 OK',
      'HTTP/1.1 503 ',
      'HTTP/1.1 099 x',
      'HTTP/1.0 200 OK',
      'HTTP/1.1 200',
      'HTTP/1.1 2x0 OK',
    );
    let reads = 0;
    fc.assert(
      fc.property(head(line), (text) => {
        const quick = quickAnswerHead(Buffer.from(`${text}\r\n\r\n`, 'latin1'));
        if (quick === null) return;
        reads++;
        const [block = ''] = `${text}\r\n\r\n`.split('\r\n\r\n');
        expect(quick).toEqual({ head: readAnswerHead(block), bodyAt: Buffer.from(block, 'latin1').length + 4 });
      }),
      { numRuns: 5000 },
    );
    expect(reads).toBeGreaterThan(200);
  });

  it('takes no head that is not whole', () => {
    const text = 'GET /a HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\r\n\r\n';
    for (let length = 0; length < text.length; length++)
      expect(quickRequestHead(Buffer.from(text.slice(0, length)))).toBeNull();
    expect(quickRequestHead(Buffer.from(text))).toMatchObject({ bodyAt: text.length, head: { requestId: 'r' } });
  });
});
