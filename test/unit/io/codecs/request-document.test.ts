// What segments look into: the JSON of a request, whatever it is wrapped in.
import { deflateSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { documentOf } from '../../../../src/io/codecs/request-document.ts';
import type { Segmentation } from '../../../../src/model.ts';
import { createFindSegments } from '../../../../src/pipeline/find-segments.ts';

const json = '{"parameters": {"tenant": "a"}, "gap": NaN}';
const message = (body: Uint8Array, headers: Record<string, string> = {}) => {
  return { method: 'POST', path: '/v2/models/m/infer', headers, body };
};
const tailed = Buffer.concat([Buffer.from(json), Buffer.from([0, 1, 2, 0x7d])]);

it.each([
  ['plain', message(Buffer.from(json))],
  ['gzip', message(gzipSync(json), { 'content-encoding': 'gzip' })],
  ['deflate', message(deflateSync(json), { 'content-encoding': 'deflate' })],
  ['binary tensors behind it', message(tailed, { 'inference-header-content-length': String(json.length) })],
])('a segment by pointer is found in a body that is %s', (_name, request) => {
  const tenant: Segmentation = {
    name: 'tenant',
    source: { type: 'pointer', pointer: '/parameters/tenant' },
    values: ['a', 'b'],
    edges: null,
  } as unknown as Segmentation;
  const find = createFindSegments([tenant], documentOf);
  expect(find?.({ message: request, request: { inputs: [] } })).toEqual({ tenant: 'a' });
});

it('what cannot be read is no document', () => {
  expect(documentOf(message(Buffer.from('{')))).toBeUndefined();
  expect(documentOf(message(Buffer.from(json), { 'content-encoding': 'br' }))).toBeUndefined();
  expect(documentOf(message(tailed))).toBeUndefined();
});
