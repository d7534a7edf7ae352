import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { isMarkedDegraded } from '../../../src/io/degraded.ts';
import type { DegradedMark } from '../../../src/model.ts';

const answer = (body: unknown, headers: Record<string, string> = {}, status = 200) => ({
  status,
  headers,
  body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const gzipped = (body: unknown) => {
  const { body: bytes, ...rest } = answer(body, { 'content-encoding': 'gzip' });
  return { ...rest, body: gzipSync(bytes) };
};
const withTail = (body: unknown) => {
  const json = Buffer.from(JSON.stringify(body));
  const headers = { 'inference-header-content-length': String(json.length) };
  return { status: 200, headers, body: Buffer.concat([json, Buffer.from([1, 2, 3, 4])]) };
};
const header = (is: string | null = null): DegradedMark => ({ type: 'header', header: 'x-fallback', is });
const pointer = (is: string | null = null): DegradedMark => ({ type: 'pointer', pointer: '/parameters/a~1b', is });

describe('the mark of an honest fallback', () => {
  it.each([
    ['in a header', header(), answer({}, { 'x-fallback': 'features' }), true],
    ['in a header that says no', header(), answer({}, { 'x-fallback': 'false' }), false],
    ['in no header', header(), answer({}), false],
    ['in a header with this value', header('zeros'), answer({}, { 'x-fallback': 'zeros' }), true],
    ['in a header with another', header('zeros'), answer({}, { 'x-fallback': 'none' }), false],
    ['in the body', pointer(), answer({ parameters: { 'a/b': true } }), true],
    ['in the body, saying no', pointer(), answer({ parameters: { 'a/b': false } }), false],
    ['nowhere in the body', pointer(), answer({ parameters: {} }), false],
    ['in a body that is no JSON', pointer(), answer('{'), false],
    ['in the body with this value', pointer('3'), answer({ parameters: { 'a/b': 3 } }), true],
    ['in a compressed body', pointer(), gzipped({ parameters: { 'a/b': true } }), true],
    ['in front of binary tensors', pointer(), withTail({ parameters: { 'a/b': true } }), true],
    ['by its status', { type: 'status', status: 203 } as const, answer({}, {}, 203), true],
    ['by another status', { type: 'status', status: 203 } as const, answer({}), false],
  ])('%s', (_, mark, message, expected) => expect(isMarkedDegraded(message, mark)).toBe(expected));
});
