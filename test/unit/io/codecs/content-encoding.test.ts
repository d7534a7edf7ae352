// Compressed messages for all codecs: bombs are refused before they are large, damage and unknown encodings by name.
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { codecs } from '../../../../src/io/codecs/index.ts';

const kind = codecs.find(({ name }) => name === 'json');
const codec = kind?.create({ outputs: ['/p'] });
const answer = (body: Uint8Array, encoding: string) =>
  codec?.decodeAnswer({ status: 200, headers: { 'content-encoding': encoding }, body });
const refused = (why: string) =>
  expect.objectContaining({ code: 'ANSWER_UNDECODABLE', message: expect.stringContaining(why) });
const good = Buffer.from('{"p":0.5}');

describe('content-encoding', () => {
  it.each([
    ['gzip', gzipSync(good)],
    ['x-gzip', gzipSync(good)],
    ['deflate, GZIP', gzipSync(deflateSync(good))],
    ['identity', good],
    ['', good],
  ])('%s is undone', (encoding, body) => expect(answer(body, encoding)?.outputs[0]?.data).toEqual([0.5]));

  it.each([
    ['a bomb by its ratio', gzipSync(Buffer.alloc(3_000_000)), 'gzip', 'at most 1048576 bytes behind gzip'],
    ['a bomb by its size', gzipSync(Buffer.alloc(40_000_000)), 'gzip', 'bytes behind gzip'],
    ['a bomb in a bomb', gzipSync(gzipSync(Buffer.alloc(40_000_000))), 'gzip, gzip', 'bytes behind gzip'],
    ['a cut stream', gzipSync(good).subarray(0, 12), 'gzip', 'the body is no gzip'],
    ['plain text', good, 'deflate', 'the body is no deflate'],
    ['brotli', good, 'br', 'requires gzip, deflate or identity, not "br"'],
    ['many layers', good, 'gzip, gzip, gzip', 'at most 2 layers, not 3'],
  ])('%s is refused', (_name, body, encoding, why) => {
    expect(() => answer(body, encoding)).toThrow(refused(why));
  });
});
