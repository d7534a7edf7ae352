// What is made of every answer that the documented query API can give, and of servers that give none. A stand-in speaks that API here;
// test/integration/prometheus.test.ts asks a real Prometheus.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Signals } from '../../../src/io/ports.ts';
import { createPrometheus } from '../../../src/io/prometheus.ts';
import type { PrometheusStop } from '../../../src/model.ts';

interface Asked {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

const nowMs = 1_700_000_000_000;
let server: Server;
let signals: Signals;
let url = '';
let asked: Asked[] = [];
let answer: { status: number; body: string } | null = null;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method, url: path, headers } = request;
    asked.push({ method, path, authorization: headers.authorization, body });
    if (answer !== null) response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  signals = createPrometheus({ clock: { nowMs: () => nowMs } });
});

afterAll(async () => {
  await signals.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const read = (changed: Partial<PrometheusStop> = {}) => {
  const text = 'q above 1';
  const limits = { side: 'above', limit: 1, everyMs: 10_000, times: 3 } as const;
  return signals.read({ text, signal: 'prometheus', url, headers: {}, query: 'q', ...limits, ...changed });
};
const success = (data: unknown) => ({ status: 200, body: JSON.stringify({ status: 'success', data }) });
const vector = (...values: unknown[]) =>
  success({ resultType: 'vector', result: values.map((value) => ({ metric: {}, value })) });
const now = nowMs / 1000;

describe('an answer of the stand-in for Prometheus', () => {
  it.each([
    ['one series', vector([now, '0.25']), { value: 0.25 }],
    ['a scalar', success({ resultType: 'scalar', result: [now, '3'] }), { value: 3 }],
    ['infinity', vector([now, '+Inf']), { value: Number.POSITIVE_INFINITY }],
    ['a clock that is a little behind', vector([now - 29, '1']), { value: 1 }],
    ['no series', vector(), { missing: 'the answer is empty: no series matches' }],
    ['two series', vector([now, '1'], [now, '2']), { missing: 'the query gives 2 series, not one number' }],
    [
      'a matrix',
      success({ resultType: 'matrix', result: [] }),
      { missing: 'the query gives a matrix, not one number' },
    ],
    ['NaN', vector([now, 'NaN']), { missing: 'its value is not a number (NaN)' }],
    ['no value', vector(undefined), { missing: 'its value is not a number (undefined)' }],
    ['an old value', vector([now - 31, '1']), { missing: 'its newest value is 31 s old' }],
    [
      'an error',
      { status: 400, body: '{"status":"error","errorType":"bad_data","error":"unknown function"}' },
      { missing: 'it answered HTTP 400: unknown function' },
    ],
    ['a redirect', { status: 302, body: '' }, { missing: 'it answered HTTP 302' }],
    ['a page', { status: 200, body: '<html>' }, { missing: 'it answered HTTP 200' }],
    ['nothing of use', { status: 200, body: 'null' }, { missing: 'it answered HTTP 200' }],
    [
      'too much',
      { status: 200, body: ' '.repeat(2_000_000) },
      { missing: expect.stringContaining('no answer') as string },
    ],
  ])('%s', async (_, given, sight) => {
    answer = given;
    expect(await read()).toEqual(sight);
  });

  it('may be older where it is asked for rarely', async () => {
    answer = vector([now - 150, '1']);
    expect(await read({ everyMs: 60_000 })).toEqual({ value: 1 });
  });
});

describe('asking', () => {
  it('is one form in a POST below the path of the address, with the headers', async () => {
    asked = [];
    answer = vector([now, '1']);
    const query = 'sum(rate(http_errors_total{job="a&b"}[1m]))';
    await read({ url: `${url}/prom`, query, headers: { authorization: 'Bearer x' } });
    expect(asked).toEqual([
      { method: 'POST', path: '/prom/api/v1/query', authorization: 'Bearer x', body: expect.any(String) },
    ]);
    expect([...new URLSearchParams(asked[0]?.body)]).toEqual([['query', query]]);
  });

  it('waits no longer than a period', async () => {
    answer = null;
    expect(await read({ everyMs: 1000 })).toEqual({ missing: 'no answer within 1000 ms' });
  });

  it('is not repeated when nobody listens', async () => {
    expect(await read({ url: 'http://127.0.0.1:1' })).toEqual({ missing: 'no answer (connection_refused)' });
  });
});
