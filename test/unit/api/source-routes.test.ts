// The paths of sources on the API: media types, limits, lines that are told one by one, and the same form of errors as everywhere.
import { gzipSync } from 'node:zlib';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Comparator } from '../../../src/api/comparator.ts';
import { createApi } from '../../../src/api/server.ts';
import { PenumbraError } from '../../../src/errors.ts';
import type { RawExchange } from '../../../src/model.ts';
import type { Received } from '../../../src/pipeline/flow.ts';
import { allSourceRoutes } from '../../support/source-bench.ts';

async function open() {
  const taken: RawExchange[] = [];
  const submit = (exchange: RawExchange): Received => {
    taken.push(exchange);
    const isOther = exchange.request.path === '/other';
    const problem = isOther ? new PenumbraError('EXCHANGE_INVALID', 'this is no inference call') : null;
    const done = Promise.resolve();
    const id = exchange.givenId ?? exchange.sourceId;
    return { id, problem, fates: () => ({ run: 'admitted' }), journalled: done, committed: done };
  };
  const log = pino({ level: 'silent' });
  const comparator = { submit, nowMs: () => 0 } as unknown as Comparator;
  const api = await createApi({ comparator, token: null, version: '0', log, sources: allSourceRoutes() });
  const send = async (url: string, type: string, payload: string | Buffer, headers = {}) => {
    const answer = await api.inject({
      method: 'POST',
      url,
      payload,
      headers: { host: 'localhost', 'content-type': type, ...headers },
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  return { api, taken, send };
}

const one = (id: string, more: object = {}) =>
  JSON.stringify({ id, latencyMs: 1, request: { path: '/v2/models/m/infer' }, answer: { status: 200 }, ...more });
const lines = 'application/x-ndjson';

describe('/v1/exchanges as lines', () => {
  it('each line is told by its number: taken, or why not, and a bad one costs its neighbours nothing', async () => {
    const { send, taken } = await open();
    const body = [
      one('a'),
      '{"id": "b", ',
      '',
      one('c', { unknown: 1 }),
      one('d', { arrivedAt: 12 }),
      one('e', { request: { path: '/other' } }),
      '[]',
      `${one('f')}\r`,
    ].join('\n');
    const { status, body: said } = await send('/v1/exchanges', lines, body);
    expect(status).toBe(202);
    expect(said).toMatchObject({ accepted: 2, rejected: 5 });
    expect(
      said.lines.map(({ line, id, error }: { line: number; id?: string; error?: { code: string } }) => [
        line,
        id ?? error?.code,
      ]),
    ).toEqual([
      [1, 'a'],
      [2, 'JSON_INVALID'],
      [4, 'REQUEST_INVALID'],
      [5, 'EXCHANGE_TIME_INVALID'],
      [6, 'EXCHANGE_INVALID'],
      [7, 'REQUEST_INVALID'],
      [8, 'f'],
    ]);
    expect(said.lines[0].runs).toEqual({ run: 'admitted' });
    expect(said.lines[2].error).toEqual({
      code: 'REQUEST_INVALID',
      message: 'body has the unknown member "unknown"',
      where: 'body/unknown',
    });
    expect(taken.map(({ givenId }) => givenId)).toEqual(['a', 'e', 'f']);
  });

  it('ten thousand at once and not one more, of which then none is taken', async () => {
    const { send, taken } = await open();
    const most = Array.from({ length: 10_000 }, (_, index) => one(`x${index}`));
    expect((await send('/v1/exchanges?ack=committed', lines, most.join('\n'))).body).toMatchObject({
      accepted: 10_000,
    });
    const more = await send('/v1/exchanges', lines, [...most, one('last')].join('\n'));
    expect([more.status, more.body.error.code]).toEqual([413, 'BODY_TOO_LARGE']);
    expect(taken).toHaveLength(10_000);
  });

  it('a single document has the limit of two messages, and other media types are refused', async () => {
    const { send } = await open();
    const long = await send('/v1/exchanges', 'application/json', Buffer.alloc(9 * 1024 * 1024 + 1, 0x20));
    expect([long.status, long.body.error.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const text = await send('/v1/exchanges', 'text/plain', one('a'));
    expect([text.status, text.body.error.code]).toEqual([415, 'MEDIA_TYPE_UNSUPPORTED']);
  });

  it('its answer is what the API’s description says', async () => {
    const { api } = await open();
    const { paths } = (await api.inject({ url: '/openapi.json', headers: { host: 'localhost' } })).json();
    expect(Object.keys(paths['/v1/exchanges'].post.requestBody.content)).toEqual(['application/json', lines]);
    expect(Object.keys(paths['/v1/cloudevents'].post.requestBody.content)).toContain('*/*');
    expect(paths['/v1/answers'].post.responses['202']).toBeDefined();
  });
});

describe('/v1/cloudevents', () => {
  it('takes bytes of any media type, and answers 200, the only thing that KServe’s logger calls a success', async () => {
    const { send } = await open();
    const attributes = { 'ce-type': 'org.kubeflow.serving.inference.request', 'ce-id': '1', 'ce-source': 's' };
    for (const type of ['application/json', 'application/octet-stream', 'application/x-www-form-urlencoded']) {
      const { status, body } = await send('/v1/cloudevents', type, gzipSync('{"inputs":[]}'), attributes);
      expect([status, body]).toEqual([200, { accepted: 1, rejected: 0 }]);
    }
    const bare = await send('/v1/cloudevents', 'application/json', '{}');
    expect([bare.status, bare.body.error.code]).toEqual([400, 'EXCHANGE_INVALID']);
  });
});

it('/v1/answers says what became of each', async () => {
  const { send } = await open();
  const answer = (id: string, more = {}) => JSON.stringify({ id, latencyMs: 1, status: 200, ...more });
  expect((await send('/v1/answers', 'application/json', answer('a'))).body).toEqual({ id: 'a', fate: 'waiting' });
  const { body } = await send('/v1/answers', lines, [answer('a'), answer('b', { status: 7 }), answer('c')].join('\n'));
  expect(body).toMatchObject({ accepted: 2, rejected: 1 });
  expect(
    body.lines.map(({ fate, error }: { fate?: string; error?: { where: string } }) => fate ?? error?.where),
  ).toEqual(['duplicate', 'body/status', 'waiting']);
});
