// Broken and hostile bytes: the scanner never throws, and whatever it still calls a message is one for llhttp as well,
// the parser that other people wrote. Known smuggling shapes make it blind with the right reason.
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBench } from '../../support/conversation-bench.ts';
import { exchange } from '../../support/http-traffic.ts';

interface Parser {
  [callback: number]: unknown;
  initialize(type: number, resource: object): void;
  execute(bytes: Buffer): number | Error;
  finish(): unknown;
}

const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as {
  HTTPParser: { new (): Parser } & Record<'REQUEST' | 'RESPONSE' | 'kOnHeadersComplete' | 'kOnMessageComplete', number>;
};

/** How many messages llhttp finds in the bytes, and whether the last one is whole; null when it refuses them. */
function messagesIn(text: string, { isRequest, toHead }: { isRequest: boolean; toHead: boolean }): number | null {
  const parser = new HTTPParser();
  let begun = 0;
  let ended = 0;
  parser.initialize(isRequest ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {});
  parser[HTTPParser.kOnHeadersComplete] = () => {
    begun++;
    return toHead ? 1 : 0;
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    ended++;
  };
  const bytes = Buffer.from(text, 'latin1');
  const read = parser.execute(bytes);
  if (read !== bytes.length) return null;
  parser.finish();
  return begun === ended ? ended : begun + 0.5;
}

type Mutation = { readonly at: number; readonly what: 'flip' | 'drop' | 'twice' | 'insert'; readonly bytes: string };

const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.double({ min: 0, max: 0.999, noNaN: true }),
  what: fc.constantFrom('flip', 'drop', 'twice', 'insert'),
  bytes: fc.constantFrom(
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    ' ',
    '\t',
    ':',
    ';',
    ',',
    '\u0000',
    '0',
    '1',
    'f',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: identity\r\n',
    '\r\nContent-Length: 0',
    'GET / HTTP/1.1\r\n\r\n',
    'HTTP/1.1 200 OK\r\n\r\n',
    '0\r\n\r\n',
  ),
});

function mutate(text: string, mutations: readonly Mutation[]): string {
  let mutated = text;
  for (const { at, what, bytes } of mutations) {
    const index = Math.floor(at * mutated.length);
    const [before, after] = [mutated.slice(0, index), mutated.slice(index)];
    if (what === 'insert') mutated = before + bytes + after;
    else if (what === 'drop') mutated = before + after.slice(bytes.length);
    else if (what === 'twice') mutated = before + after.slice(0, 9) + after;
    else mutated = before + bytes + after.slice(bytes.length);
  }
  return mutated;
}

describe('broken conversations', () => {
  it('never throw, and no message that is still paired has other bounds for llhttp', () => {
    let paired = 0;
    let agreed = 0;
    const property = fc.property(
      fc.array(exchange, { minLength: 2, maxLength: 5 }),
      fc.array(mutation, { maxLength: 1 }),
      fc.array(mutation, { maxLength: 2 }),
      (traffic, inRequests, inAnswers) => {
        const requests = mutate(traffic.map(({ request }) => request.toString('latin1')).join(''), inRequests);
        const answers = mutate(traffic.map(({ answer }) => answer.toString('latin1')).join(''), inAnswers);
        const bench = createBench();
        bench.request(requests);
        bench.answer(answers);
        let requestAt = 0;
        let answerAt = 0;
        for (const { request, answer } of bench.taken) {
          paired++;
          // No byte is left out between two messages but the empty lines that a server skips.
          expect(
            requests
              .slice(requestAt)
              .replace(/^(\r\n)+/, '')
              .startsWith(request),
          ).toBe(true);
          requestAt = requests.indexOf(request, requestAt) + request.length;
          answerAt = answers.indexOf(answer, answerAt) + answer.length;
          const toHead = request.startsWith('HEAD ');
          const inRequest = messagesIn(request, { isRequest: true, toHead: false });
          const inAnswer = messagesIn(answer, { isRequest: false, toHead });
          expect([null, 1]).toContain(inRequest);
          expect([null, 1]).toContain(inAnswer);
          if (inRequest === 1 && inAnswer === 1) agreed++;
        }
        bench.observer.close();
        expect(bench.taken.length + bench.lost.length).toBe(bench.counters.sampled);
        expect(bench.pool.heldBytes).toBe(0);
      },
    );
    fc.assert(property, { numRuns: 3000 });
    expect(agreed).toBeGreaterThan(500);
    expect(agreed / paired).toBeGreaterThan(0.6);
  });

  it('never throw nor pair on bytes that are no HTTP at all', () => {
    const noise = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 });
    fc.assert(
      fc.property(noise, noise, (requests, answers) => {
        const bench = createBench();
        for (const piece of requests) bench.request(piece);
        for (const piece of answers) bench.answer(piece);
        bench.observer.answerEnd();
        bench.observer.close();
        expect(bench.taken).toEqual([]);
      }),
    );
  });
});

describe('shapes that two readers understand differently', () => {
  const post = (lines: string) => `POST / HTTP/1.1\r\nhost: x\r\n${lines}\r\n`;
  const cases: readonly [string, string][] = [
    ['framing_conflict', post('content-length: 5\r\ntransfer-encoding: chunked\r\n')],
    ['framing_conflict', post('transfer-encoding: chunked\r\ncontent-length: 5\r\n')],
    ['content_length', post('content-length: 5\r\ncontent-length: 6\r\n')],
    ['content_length', post('content-length: 5, 5\r\n')],
    ['content_length', post('content-length: +5\r\n')],
    ['content_length', post('content-length: 0x5\r\n')],
    ['content_length', post('content-length: 5 5\r\n')],
    ['content_length', post('content-length:\r\n')],
    ['content_length', post('content-length: 99999999999999999999\r\n')],
    ['transfer_encoding', post('transfer-encoding: gzip, chunked\r\n')],
    ['transfer_encoding', post('transfer-encoding: identity\r\n')],
    ['transfer_encoding', post('transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n')],
    ['transfer_encoding', post('transfer-encoding: xchunked\r\n')],
    ['transfer_encoding', post('transfer-encoding: "chunked"\r\n')],
    ['transfer_encoding', post('transfer-encoding:\r\n')],
    ['transfer_encoding', 'POST / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['malformed', post('transfer-encoding : chunked\r\n')],
    ['malformed', post('transfer-encoding:\u000bchunked\r\n')],
    ['malformed', post('x: a\u0000b\r\n')],
    ['malformed', post('no colon\r\n')],
    ['malformed', post(': no name\r\n')],
    ['transfer_encoding', post('transfer-encoding:\r\n chunked\r\n')],
    ['obs_fold', post('x: a\r\n transfer-encoding: chunked\r\n')],
    ['obs_fold', 'POST / HTTP/1.1\r\n transfer-encoding: chunked\r\n\r\n'],
    ['bare_line_end', post('x: a\ncontent-length: 5\r\n')],
    ['bare_line_end', post('x: a\rcontent-length: 5\r\n')],
    ['malformed', 'head / HTTP/1.1\r\n\r\n'],
    ['malformed', 'Connect a:1 HTTP/1.1\r\n\r\n'],
    ['not_http', 'GET /\r\n\r\n'],
    ['not_http', 'GET / HTTP/1.2\r\n\r\n'],
    ['not_http', 'GET / http/1.1\r\n\r\n'],
    ['not_http', 'GET  / HTTP/1.1\r\n\r\n'],
    ['not_http', 'GET / HTTP/1.1 \r\n\r\n'],
    ['not_http', 'GET /a b HTTP/1.1\r\n\r\n'],
    ['bad_chunk', `${post('transfer-encoding: chunked\r\n')}0x5\r\n`],
    ['bad_chunk', `${post('transfer-encoding: chunked\r\n')}5 \r\n`],
    ['bad_chunk', `${post('transfer-encoding: chunked\r\n')}5;a\nb\r\n`],
    ['bad_chunk', `${post('transfer-encoding: chunked\r\n')}\r\n`],
    ['bad_chunk', `${post('transfer-encoding: chunked\r\n')}fffffffffffffff\r\n`],
    ['bad_chunk', `${post('transfer-encoding: chunked\r\n')}5\nhello`],
    ['bad_chunk', `${post('transfer-encoding: chunked\r\n')}0\r\nGET / HTTP/1.1\r\n\r\n`],
    ['bad_chunk', `${post('transfer-encoding: chunked\r\n')}0\r\na: b\r\n folded\r\n\r\n`],
  ];
  it.each(cases)('%s: %j', (reason, bytes) => {
    for (const size of [1, 7, bytes.length]) {
      const bench = createBench();
      for (let at = 0; at < bytes.length; at += size) bench.request(bytes.slice(at, at + size));
      expect(bench.blind()).toBe(reason);
    }
  });

  it('head_too_large: a header block of more than 64 KiB, in one piece or many', () => {
    const fitting = `GET / HTTP/1.1\r\nx: ${'a'.repeat(65536 - 23)}\r\n\r\n`;
    for (const size of [1000, 100_000]) {
      const bench = createBench();
      for (const text of [fitting, fitting.replace('x', 'xx')]) {
        expect(bench.blind()).toBe(null);
        for (let at = 0; at < text.length; at += size) bench.request(text.slice(at, at + size));
      }
      expect(bench.blind()).toBe('head_too_large');
      expect(bench.counters.requests).toBe(1);
    }
  });

  it('but not: the same length twice, empty lines in front, odd case and blanks', () => {
    const bench = createBench();
    bench.request('\r\n\r\nPOST / HTTP/1.1\r\nCONTENT-length:\t 3 \r\nContent-Length: 3\r\n\r\nabc');
    bench.request('POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\t\r\n\r\n3 ;x="y"\r\nabc\r\n000\r\nT: 1\r\n\r\n');
    bench.answer('HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n'.repeat(2));
    expect(bench.blind()).toBe(null);
    expect(bench.taken).toHaveLength(2);
  });
});
