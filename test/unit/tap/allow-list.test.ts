// Which requests the tap copies at all, by method and path; the others are relayed and counted as unlisted.
import { describe, expect, it } from 'vitest';
import { createAllowList } from '../../../src/tap/allow-list.ts';
import { createBench } from '../../support/conversation-bench.ts';

const ok = 'HTTP/1.1 204 No Content\r\n\r\n';

function copied(options: { methods?: string[]; routes?: string[] }, starts: readonly string[]): string[] {
  const bench = createBench({ isListed: createAllowList({ methods: [], routes: [], ...options }) });
  for (const start of starts) {
    bench.request(`${start} HTTP/1.1\r\n\r\n`);
    bench.answer(ok);
  }
  expect(bench.counters.unlisted + bench.counters.sampled).toBe(starts.length);
  expect(bench.lost).toEqual([]);
  return bench.taken.map(({ request }) => request.slice(0, request.indexOf(' HTTP')));
}

describe('the allow-list', () => {
  it('is none when nothing is listed', () => {
    expect(createAllowList({ methods: [], routes: [] })).toBe(null);
    expect(copied({}, ['GET /', 'POST /a'])).toHaveLength(2);
  });

  it('takes methods exactly', () => {
    expect(copied({ methods: ['POST'] }, ['GET /', 'POST /a', 'POSTS /', 'post /'])).toEqual(['POST /a']);
  });

  it.each([
    ['/v2/models/*/infer', '/v2/models/m/infer', true],
    ['/v2/models/*/infer', '/v2/models/m/infer?a=b/c', true],
    ['/v2/models/*/infer', '/v2/models/m/versions/1/infer', false],
    ['/v2/models/**', '/v2/models/m/versions/1/infer', true],
    ['/v2/models/*/infer', '/v2/models//infer', true],
    ['/v2/models/*/infer', '/v2/models/m/infer/', false],
    ['/a.b', '/aXb', false],
    ['/predict', 'http://host:1/predict?x', true],
    ['/predict', '/predict#x', true],
    ['/predict', '*', false],
  ])('route %s, target %s: %s', (route, target, isCopied) => {
    expect(copied({ routes: [route] }, [`GET ${target}`])).toHaveLength(isCopied ? 1 : 0);
  });

  it('asks both of a request when both are listed', () => {
    const starts = ['GET /a', 'POST /a', 'POST /b'];
    expect(copied({ methods: ['POST'], routes: ['/a'] }, starts)).toEqual(['POST /a']);
  });

  it('does not match targets that could take long', () => {
    expect(copied({ routes: ['/**a**b**c'] }, [`GET /${'a'.repeat(5000)}bc`])).toEqual([]);
  });
});
