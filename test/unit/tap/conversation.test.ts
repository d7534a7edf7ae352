// Pairs: every exchange of a legal conversation exactly once, however it is split and pipelined; none that is in doubt.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBench } from '../../support/conversation-bench.ts';
import { exchange, schedule, type TrafficExchange } from '../../support/http-traffic.ts';

const get = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n';
const ok = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi';

/** Feeds both streams in pieces; no answer before the head of its request, none to an expectation that is unmet. */
function play(exchanges: readonly TrafficExchange[], pieces: Iterator<{ isRequest: boolean; bytes: number }>) {
  const bench = createBench();
  const requests = Buffer.concat(exchanges.map(({ request }) => request));
  const answers = Buffer.concat(exchanges.flatMap(({ interim, answer }) => [interim, answer]));
  let sent = 0;
  let answered = 0;
  const answerable = (): number => {
    let requestsAt = 0;
    let answersAt = 0;
    for (const { request, interim, answer, answerableFrom } of exchanges) {
      if (requestsAt + answerableFrom > sent) return answersAt;
      answersAt += interim.length + answer.length;
      requestsAt += request.length;
      if (requestsAt > sent) return answersAt;
    }
    return answersAt;
  };
  while (sent < requests.length || answered < answers.length) {
    const { isRequest, bytes } = pieces.next().value;
    if (isRequest) {
      // The same memory is reused for every read, as a relay with its own buffers does.
      bench.request(scratchOf(requests.subarray(sent, sent + bytes)));
      sent = Math.min(sent + bytes, requests.length);
    } else {
      const upTo = Math.min(answered + bytes, answerable());
      bench.answer(scratchOf(answers.subarray(answered, upTo)));
      answered = upTo;
    }
  }
  return bench;
}

const scratch = Buffer.alloc(200_000);
function scratchOf(piece: Buffer): Buffer {
  scratch.fill(0x58);
  piece.copy(scratch);
  return scratch.subarray(0, piece.length);
}

describe('a legal conversation', () => {
  it('is paired whole, right and in order, however split and pipelined', () => {
    let exchanges = 0;
    fc.assert(
      fc.property(fc.array(exchange, { minLength: 1, maxLength: 8 }), schedule, (traffic, pieces) => {
        const bench = play(traffic, pieces[Symbol.iterator]());
        expect(bench.blind()).toBe(null);
        expect(bench.taken.map(({ sequence }) => sequence)).toEqual(
          expect.arrayContaining(traffic.map((_, n) => n + 1)),
        );
        for (const { sequence, request, answer } of bench.taken) {
          expect(request).toBe(traffic[sequence - 1]?.request.toString('latin1'));
          expect(answer).toBe(traffic[sequence - 1]?.answer.toString('latin1'));
        }
        expect(bench.taken).toHaveLength(traffic.length);
        expect(bench.lost).toEqual([]);
        expect(bench.pool.heldBytes).toBe(0);
        exchanges += traffic.length;
      }),
      { numRuns: 400 },
    );
    expect(exchanges).toBeGreaterThan(1000);
  });

  it('ends a body without length when production closes', () => {
    const bench = createBench();
    bench.request('GET / HTTP/1.0\r\n\r\n');
    bench.answer('HTTP/1.0 200 OK\r\n\r\nsome HTTP/1.1 200 OK\r\n\r\n');
    bench.answer('more');
    expect(bench.taken).toEqual([]);
    bench.observer.answerEnd();
    expect(bench.taken[0]?.answer).toBe('HTTP/1.0 200 OK\r\n\r\nsome HTTP/1.1 200 OK\r\n\r\nmore');
  });

  it('takes an answer that is whole before its request', () => {
    const bench = createBench();
    bench.request('POST / HTTP/1.1\r\ncontent-length: 5\r\n\r\nab');
    bench.answer('HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n');
    expect(bench.taken).toEqual([]);
    bench.request('cde');
    bench.request(get);
    bench.answer(ok);
    expect(bench.taken.map(({ request }) => request.slice(0, 5))).toEqual(['POST ', 'GET /']);
  });

  it('stamps the first request byte, and measures from there to the last answer byte', () => {
    const bench = createBench();
    bench.request(get.slice(0, 3));
    bench.tick(20);
    bench.request(get.slice(3));
    bench.tick(30);
    bench.answer(ok.slice(0, 5));
    bench.tick(50);
    bench.answer(ok.slice(5));
    expect(bench.taken[0]).toMatchObject({ arrivedAt: 1_700_000_005_000, latencyMs: 100 });
  });
});

describe('what is not copied', () => {
  it('is counted as too large, without holding more than the bound', () => {
    const bench = createBench({ maxBodyBytes: 100 });
    bench.request(`POST / HTTP/1.1\r\ncontent-length: 101\r\n\r\n${'a'.repeat(101)}`);
    bench.answer(ok);
    bench.request(get);
    bench.answer(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n60\r\n${'b'.repeat(96)}\r\n0\r\n\r\n`);
    bench.request(`POST / HTTP/1.1\r\ncontent-length: 100\r\n\r\n${'a'.repeat(100)}`);
    bench.answer(ok);
    expect(bench.lost).toEqual(['too_large', 'too_large']);
    expect(bench.taken.map(({ sequence }) => sequence)).toEqual([3]);
    expect(bench.pool.heldBytes).toBe(0);
  });

  it('is counted as queue_full when the budget is used up, and copying goes on after', () => {
    const bench = createBench({ maxCopyBytes: 4096 });
    bench.request(`POST / HTTP/1.1\r\ncontent-length: 6000\r\n\r\n${'a'.repeat(6000)}`);
    expect(bench.lost).toEqual(['queue_full']);
    bench.answer(ok);
    bench.request(get);
    bench.answer(ok);
    expect(bench.taken.map(({ sequence }) => sequence)).toEqual([2]);
    expect(bench.pool.heldBytes).toBe(0);
  });

  it.each([
    ['no comparator is there', 'no_link'],
    ['the ring has no room', 'queue_full'],
  ] as const)('is not begun while %s, and counted', (_, whyNot) => {
    const bench = createBench({ whyNot });
    bench.request(get + get);
    expect(bench.pool.heldBytes).toBe(0);
    bench.answer(ok + ok);
    expect(bench.lost).toEqual([whyNot, whyNot]);
    expect(bench.counters.sampled).toBe(2);
  });

  it('is nothing when not sampled, while the others still find their answers', () => {
    const bench = createBench({ isSampled: (_connection, sequence) => sequence % 2 === 0 });
    bench.request(get + get.replace('/', '/second') + get);
    bench.answer(ok + ok.replace('hi', 'to') + ok);
    expect(bench.taken.map(({ request, answer }) => [request.slice(4, 11), answer.slice(-2)])).toEqual([
      ['/second', 'to'],
    ]);
    expect(bench.counters).toMatchObject({ requests: 3, sampled: 1 });
    expect(bench.lost).toEqual([]);
  });

  it('is counted as cut when the connection goes before the exchange is whole', () => {
    const bench = createBench();
    bench.request(get + get);
    bench.answer(ok + ok.slice(0, -1));
    bench.observer.answerEnd();
    bench.observer.close();
    expect(bench.taken).toHaveLength(1);
    expect(bench.lost).toEqual(['cut']);
    expect(bench.pool.heldBytes).toBe(0);
  });
});

describe('a connection goes blind, and what is open counts as lost', () => {
  const cases: readonly [string, string[], string[]][] = [
    ['upgrade', [get], ['HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n', ok]],
    ['connect', ['CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n'], [ok]],
    ['unexpected_answer', [get], [ok + ok]],
    ['unexpected_answer', [get.slice(0, 10)], ['HTTP/1.1 408 Timeout\r\ncontent-length: 0\r\n\r\n']],
    ['expect_refused', ['POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n'], [ok]],
    ['framing_conflict', [get], ['HTTP/1.1 204 No Content\r\ncontent-length: 3\r\n\r\nabc']],
    ['framing_conflict', [get], ['HTTP/1.1 103 Hints\r\ntransfer-encoding: chunked\r\n\r\n']],
    ['after_close', [get + get], ['HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n', ok]],
    ['after_close', ['GET / HTTP/1.0\r\n\r\n', get], [ok]],
    ['not_http', [get], ['200 OK\r\n\r\n']],
    ['not_http', [get], ['HTTP/1.1 20 OK\r\n\r\n']],
    ['not_http', [get], ['HTTP/2.0 200 OK\r\n\r\n']],
    ['bare_line_end', ['GET / HTTP/1.1\nhost: x\n\n'], []],
    ['bare_line_end', ['\nGET / HTTP/1.1\r\n\r\n'], []],
    ['tls', ['\u0016\u0003\u0001\u0002\u0000\u0001'], []],
    ['h2', ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'], []],
    ['not_http', ['\u0000\u0001\u0002'], []],
    ['bad_chunk', ['POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhelloX'], []],
  ];
  it.each(cases)('%s: %j', (reason, requests, answers) => {
    const bench = createBench();
    for (const request of requests) bench.request(request);
    for (const answer of answers) bench.answer(answer);
    expect(bench.blind()).toBe(reason);
    bench.request(get);
    bench.answer(ok);
    expect(bench.taken.length + bench.lost.length).toBe(bench.counters.sampled);
    expect(bench.pool.heldBytes).toBe(0);
    expect(bench.lost.every((loss) => loss === 'blind')).toBe(true);
  });

  it('pipeline_too_deep: more unanswered requests than are remembered', () => {
    const bench = createBench();
    bench.request(get.repeat(1025));
    expect(bench.blind()).toBe('pipeline_too_deep');
    expect(bench.lost).toHaveLength(1024);
  });

  it('but not over a 100-continue that is granted', () => {
    const bench = createBench();
    bench.request('POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n');
    bench.answer('HTTP/1.1 100 Continue\r\n\r\n');
    bench.request('abc');
    bench.answer(ok);
    expect(bench.taken[0]?.answer).toBe(ok);
  });
});

describe('idle', () => {
  it('is said between exchanges only, and never when blind', () => {
    const bench = createBench();
    expect(bench.observer.isIdle()).toBe(true);
    bench.request(get.slice(0, 4));
    expect(bench.observer.isIdle()).toBe(false);
    bench.request(get.slice(4));
    expect(bench.observer.isIdle()).toBe(false);
    bench.answer(ok);
    expect(bench.observer.isIdle()).toBe(true);
    bench.answer('?');
    expect(bench.observer.isIdle()).toBe(false);
  });
});
