// The quick reader against the strict one: whatever it takes, the strict reader takes too, with the same meaning; and on
// ordinary heads it does not leave the work to the strict one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHead, type Head, readAnswerHead, readRequestHead } from '../../../src/tap/head.ts';
import { collectHead, createHeadCollector } from '../../../src/tap/head-collector.ts';
import { readQuickHead } from '../../../src/tap/quick-head.ts';

function strictly(bytes: Uint8Array, isRequest: boolean): Head | null {
  const collector = createHeadCollector();
  collectHead(collector, bytes, 0);
  if (!collector.isWhole) return null;
  const head = (isRequest ? readRequestHead : readAnswerHead)(collector.source, collector);
  return typeof head === 'string' ? null : head;
}

const pieces = fc.constantFrom(
  ...[
    'GET',
    'HEAD',
    'head',
    'CONNECT',
    'Connect',
    'POST',
    ' ',
    '  ',
    '/',
    '/a?b=c',
    '*',
    'HTTP/1.1',
    'HTTP/1.0',
    'HTTP/2.0',
  ],
  ...[
    'HTTP/1.1 200 OK',
    'HTTP/1.0 404',
    'HTTP/1.1 99 ',
    'HTTP/1.1 1000',
    '200',
    '\r\n',
    '\r\n',
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
  ],
  ...[
    'Content-Length: 5',
    'content-length:5, 5',
    'Content-Length: 6',
    'Content-Length: x',
    'Transfer-Encoding: chunked',
  ],
  ...[
    'transfer-encoding:CHUNKED ',
    'Transfer-Encoding: gzip',
    'Connection: close',
    'Connection: a , keep-alive',
    'connection:',
  ],
  ...['Expect: 100-continue', 'X-Y: z', 'X : y', ': z', 'a:', '\t', '\u0000', '\u007f', '\u00ff', 'x'],
);
const line = fc.oneof(
  pieces,
  pieces.map((piece) => `${piece}\r\n`),
);
const text = fc.oneof(
  fc.array(line, { maxLength: 14 }).map((parts) => parts.join('')),
  fc
    .tuple(
      fc.constantFrom('GET / HTTP/1.1\r\n', 'HTTP/1.1 200 OK\r\n', 'HEAD /x HTTP/1.0\r\n'),
      fc.array(line, { maxLength: 6 }),
    )
    .map(([start, lines]) => `${start}${lines.join('')}\r\n`),
);

describe('the quick reader of heads', () => {
  it('takes nothing that the strict one would not, and means the same', () => {
    let taken = 0;
    fc.assert(
      fc.property(text, fc.boolean(), fc.nat(5), (made, isRequest, before) => {
        const bytes = Buffer.from(made, 'latin1');
        const head = createHead();
        const shifted = Buffer.concat([Buffer.alloc(before, 0x41), bytes]);
        const behind = readQuickHead(head, shifted, { from: before, isRequest });
        if (behind === -1) return;
        taken++;
        const strict = strictly(bytes, isRequest);
        expect(strict).toEqual(head);
        expect(behind - before).toBe(strict?.bytes);
      }),
      { numRuns: 20_000 },
    );
    expect(taken).toBeGreaterThan(1000);
  });

  it.each([
    ['GET /v2/models?a=b HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\nbody', true],
    ['POST / HTTP/1.1\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\nhello', true],
    ['HTTP/1.1 200 OK\r\nServer: a\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n', false],
    ['HTTP/1.0 204 \r\n\r\n', false],
  ] as const)('takes %j', (made, isRequest) => {
    const bytes = Buffer.from(made, 'latin1');
    expect(readQuickHead(createHead(), bytes, { from: 0, isRequest })).toBe(made.indexOf('\r\n\r\n') + 4);
    for (let length = 0; length < made.indexOf('\r\n\r\n') + 4; length++) {
      expect(readQuickHead(createHead(), bytes.subarray(0, length), { from: 0, isRequest })).toBe(-1);
    }
  });
});
