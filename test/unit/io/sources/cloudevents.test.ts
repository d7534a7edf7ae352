// The events of real loggers, and each of their traps by its name.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PenumbraError } from '../../../../src/errors.ts';
import { codecs } from '../../../../src/io/codecs/index.ts';
import { endOfJson, headersOfBody } from '../../../../src/io/sources/bare-body.ts';
import { cloudevents } from '../../../../src/io/sources/cloudevents.ts';
import { cloudeventsOptions, createSourceBench, joinBy, post } from '../../../support/source-bench.ts';

type Post = { readonly headers: Record<string, string>; readonly body: Uint8Array | string };

const folder = join(import.meta.dirname, '../../../fixtures/cloudevents');

function captured(
  name: string,
  change: Record<string, string> = {},
): { headers: Record<string, string>; body: string } {
  const [head = '', ...body] = readFileSync(join(folder, `${name}.http`), 'utf8').split('\n\n');
  const headers = head.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
  return { headers: { ...Object.fromEntries(headers), ...change }, body: body.join('\n\n').trimEnd() };
}

async function open(
  options: Partial<Parameters<typeof cloudevents.create>[0]> = {},
  unanswered: 'lost' | 'failed' = 'lost',
) {
  const bench = createSourceBench({ unanswered });
  const source = cloudevents.create({ ...cloudeventsOptions, ...options })(bench.deps);
  await bench.join.start(bench.deliver);
  return { ...bench, source, take: (event: Post) => post(source, bench, event) };
}

const request = captured('kserve-request');
const response = captured('kserve-response');

describe('KServe', () => {
  it.each([
    ['in order', [request, response]],
    ['the response before the request', [response, request]],
    ['each of them twice', [request, request, response, response, request]],
  ])('%s: one exchange, with the time between them', async (_name, events) => {
    const { delivered, take } = await open();
    for (const event of events) expect(await take(event)).toEqual({ status: 200, body: { accepted: 1, rejected: 0 } });
    expect(delivered).toHaveLength(1);
    expect(delivered[0]).toMatchObject({
      sourceId: '689b15e7-84a1-4e89-9805-20809efc216d',
      arrivedAt: Date.parse('2026-04-05T07:39:53.505Z'),
      latencyMs: 7,
      request: { method: 'POST', path: '/v2/models/sklearn-v2-iris/infer' },
      answer: { status: 200 },
    });
    expect(delivered[0]?.request.headers['x-request-id']).toBe('6f1c1f0a-6d5b-9a4e-8f6e-3f0c7c1a2b3d');
    const codec = codecs[0]?.create({});
    expect(codec?.decodeRequest(delivered[0]?.request as never).inputs[0]?.data).toHaveLength(8);
    expect(codec?.decodeAnswer(delivered[0]?.answer as never).outputs[0]?.data).toEqual([1, 1]);
  });

  it('a 4xx or 5xx has no response event: lost after its time, or production’s failure where the config says so', async () => {
    for (const unanswered of ['lost', 'failed'] as const) {
      const { delivered, take, clock, join: joining } = await open({}, unanswered);
      await take(request);
      await clock.advance(60_000);
      expect(joining.losses()).toMatchObject({ no_answer: 1 });
      expect(delivered.map(({ answer }) => answer.status)).toEqual(unanswered === 'failed' ? [504] : []);
    }
  });

  it('the canary’s calls are not production’s, unless they are meant', async () => {
    const canary = { 'ce-endpoint': 'canary' };
    for (const [endpoint, count] of [
      [null, 0],
      ['canary', 1],
      ['default', 0],
    ] as const) {
      const { delivered, take, source } = await open({ endpoint });
      await take(captured('kserve-request', canary));
      await take(captured('kserve-response', canary));
      expect(delivered).toHaveLength(count);
      expect(source.seen?.()).toMatchObject({ elsewhere: 2 - 2 * count });
    }
  });

  it('another service and another component are not ours; the same id there is no duplicate', async () => {
    const { delivered, take, source } = await open({ service: 'sklearn-v2-iris' });
    await take(captured('kserve-response', { 'ce-inferenceservicename': 'other' }));
    await take(captured('kserve-response', { 'ce-component': 'transformer' }));
    await take(request);
    expect(delivered).toHaveLength(0);
    await take(response);
    expect(delivered).toHaveLength(1);
    expect(source.seen?.()).toMatchObject({ elsewhere: 2 });
  });

  it('by join.id the pair is found in what the logger kept of the headers', async () => {
    const { delivered, take, source } = await open({ isPairedByEvent: false, by: joinBy });
    await take(captured('kserve-response', { 'ce-id': 'another' }));
    await take(request);
    await take(captured('kserve-request', { 'ce-metadata': '{}' }));
    expect(delivered).toHaveLength(1);
    expect(source.losses()).toMatchObject({ no_id: 1 });
  });

  it('what penumbra sent is known by its mark, or by the id that the logger took over', async () => {
    const { delivered, ownCalls, take, source } = await open();
    await take(captured('kserve-request', { 'ce-metadata': '{"X-Shadow":["run1/candidate"]}' }));
    await take(captured('kserve-request', { 'ce-id': 'shadow-17' }));
    await take(captured('kserve-response', { 'ce-id': 'shadow-17' }));
    expect(delivered).toEqual([]);
    expect(source.seen?.()).toMatchObject({ own_call: 3 });
    expect(ownCalls[0]?.['x-shadow']).toBe('run1/candidate');
  });

  it('percent-encoded metadata is read too, and what is no JSON is nothing', async () => {
    const { delivered, take } = await open();
    await take(captured('kserve-request', { 'ce-metadata': encodeURIComponent('{"X-Tenant":["a","b"]}') }));
    await take(captured('kserve-response', { 'ce-metadata': 'null' }));
    expect(delivered[0]?.request.headers).toMatchObject({ 'x-tenant': 'a, b' });
  });
});

describe('Seldon', () => {
  it('is paired on ce-requestid: its events have ids of their own', async () => {
    const { delivered, take } = await open({ path: '/api/v1.0/predictions' });
    await take(captured('seldon-response'));
    await take(captured('seldon-request'));
    expect(delivered[0]).toMatchObject({
      sourceId: '12b0d447-288e-42a0-a7b4-b630c8b4895c',
      latencyMs: 6,
      request: { path: '/api/v1.0/predictions' },
    });
    const seldon = codecs.find(({ name }) => name === 'seldon-v1')?.create({});
    expect(seldon?.decodeAnswer(delivered[0]?.answer as never).outputs[0]?.data).toEqual([0.98]);
  });

  it('or on its trace', async () => {
    const { delivered, take } = await open({ isPairedByEvent: false, by: { from: 'trace' } });
    await take(captured('seldon-request', { 'ce-requestid': 'a' }));
    await take(captured('seldon-response', { 'ce-requestid': 'b' }));
    expect(delivered).toHaveLength(1);
  });

  it('feedback and outliers are no calls', async () => {
    const { take, source } = await open();
    await take(captured('seldon-request', { 'ce-type': 'io.seldon.serving.feedback' }));
    await take(captured('seldon-request', { 'ce-type': 'io.seldon.serving.inference.outlier' }));
    expect(source.seen?.()).toMatchObject({ events: 2, other_type: 2 });
  });
});

describe('bodies without the headers that say what they are', () => {
  const json = '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}';
  const tail = Buffer.alloc(8);
  tail.writeFloatLE(1.5, 0);
  tail.writeFloatLE(-2, 4);
  const codec = codecs[0]?.create({});

  it.each([
    ['which the logger drops', '{}'],
    ['which metadataHeaders lists', JSON.stringify({ 'Inference-Header-Content-Length': [String(json.length)] })],
  ])('binary tensors are read without Inference-Header-Content-Length, %s', async (_name, metadata) => {
    const { delivered, take } = await open();
    const type = { 'content-type': 'application/octet-stream', 'ce-metadata': metadata };
    await take({ ...captured('kserve-request', type), body: Buffer.concat([Buffer.from(json), tail]) });
    await take(captured('kserve-response', type));
    expect(codec?.decodeRequest(delivered[0]?.request as never).inputs[0]?.data).toEqual([1.5, -2]);
  });

  it('a response is what it is, not what its Content-Type says: that is the request’s', async () => {
    const { delivered, take } = await open();
    const binary = json.replace('inputs', 'outputs').replace('{"outputs', '{"model_name":"m","outputs');
    await take(request);
    await take({ ...response, body: Buffer.concat([Buffer.from(binary), tail]) });
    expect(codec?.decodeAnswer(delivered[0]?.answer as never).outputs[0]?.data).toEqual([1.5, -2]);
  });

  it('gzip is seen in its first bytes', async () => {
    const { delivered, take } = await open();
    await take({ ...request, body: gzipSync(request.body) });
    await take({ ...response, body: gzipSync(response.body) });
    expect(codec?.decodeAnswer(delivered[0]?.answer as never).outputs[0]?.data).toEqual([1, 1]);
    expect(codec?.decodeRequest(delivered[0]?.request as never).inputs[0]?.data).toHaveLength(8);
  });

  it('a JSON that never ends before its bytes is counted by its reason', async () => {
    const { take, source } = await open();
    await take({ ...request, body: Buffer.concat([Buffer.from(json.slice(0, -2)), Buffer.alloc(8, 1)]) });
    expect(source.losses()).toMatchObject({ json_end_unknown: 1 });
  });

  it('the end is found behind braces in texts, and quotes behind backslashes', () => {
    const bytes = Buffer.from('{"a":"}\\"}","b":[{}]}\u0001}');
    expect(endOfJson(bytes)).toBe(bytes.length - 2);
    expect(endOfJson(Buffer.from('{"a":'))).toBeNull();
    expect(headersOfBody(Buffer.from(' {"a":1}\n'))).toEqual({ 'content-type': 'application/json' });
    expect(headersOfBody(Buffer.from('plain text'))).toEqual({});
    // Tensors whose last byte happens to be a brace.
    const closing = Buffer.concat([Buffer.from(json), Buffer.from('12345678}')]);
    expect(headersOfBody(closing)).toMatchObject({ 'inference-header-content-length': String(json.length) });
  });
});

describe('structured mode', () => {
  const structured = (half: 'request' | 'response', more: object) => ({
    specversion: '1.0',
    type: `org.kubeflow.serving.inference.${half}`,
    source: 'http://localhost:9081/',
    id: 's1',
    time: '2026-04-05T07:39:53.5Z',
    inferenceservicename: 'm',
    ...more,
  });
  const type = { 'content-type': 'application/cloudevents+json; charset=utf-8' };

  it('data as JSON, as text and as base64', async () => {
    const { delivered, take } = await open();
    await take({ headers: type, body: JSON.stringify(structured('request', { data: JSON.parse(request.body) })) });
    const data_base64 = Buffer.from(response.body).toString('base64');
    await take({ headers: type, body: JSON.stringify(structured('response', { data_base64 })) });
    expect(JSON.parse(Buffer.from(delivered[0]?.answer.body ?? []).toString()).model_name).toBe('sklearn-v2-iris');
    await take({ headers: type, body: JSON.stringify(structured('response', { id: 's2', data: response.body })) });
    await take({ headers: type, body: JSON.stringify(structured('request', { id: 's2', data: request.body })) });
    expect(delivered).toHaveLength(2);
  });

  it('of a batch a bad event costs its neighbours nothing', async () => {
    const { delivered, take, source } = await open();
    const events = [
      structured('request', { data: request.body }),
      { id: 'nobody’s' },
      7,
      structured('request', { id: 's3', data_base64: '!' }),
      structured('response', { data: response.body }),
    ];
    const batch = { 'content-type': 'application/cloudevents-batch+json' };
    expect(await take({ headers: batch, body: JSON.stringify(events) })).toEqual({
      status: 200,
      body: { accepted: 2, rejected: 3 },
    });
    expect(delivered).toHaveLength(1);
    expect(source.losses()).toMatchObject({ malformed: 3 });
    await expect(take({ headers: batch, body: '{}' })).rejects.toThrow(PenumbraError);
  });
});
