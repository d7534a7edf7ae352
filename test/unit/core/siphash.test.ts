// SipHash-2-4 against the reference implementation's vectors (vectors.h by Aumasson and Bernstein: key 00…0f, messages 00, 01, …), and
// its UTF-8 against Node's own.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Hash64, type SipKey, sipHash24, sipHash24Bytes } from '../../../src/core/siphash.ts';

const key: SipKey = { low0: 0x03020100, high0: 0x07060504, low1: 0x0b0a0908, high1: 0x0f0e0d0c };

/** As the vectors are printed: eight bytes, the lowest first. */
function hexOf({ low, high }: Hash64): string {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(low, 0);
  bytes.writeUInt32LE(high, 4);
  return bytes.toString('hex');
}

describe('SipHash-2-4', () => {
  it.each([
    [0, '310e0edd47db6f72'],
    [1, 'fd67dc93c539f874'],
    [2, '5a4fa9d909806c0d'],
    [7, '37d1018bf50002ab'],
    [8, '6224939a79f5f593'],
    [15, 'e545be4961ca29a1'],
    [16, 'db9bc2577fcc2a3f'],
    [63, '724506eb4c328a95'],
  ])('of %i bytes is the published vector', (length, expected) => {
    const message = Uint8Array.from({ length }, (_, index) => index);
    expect(hexOf(sipHash24Bytes(key, message))).toBe(expected);
    const within = Uint8Array.from({ length: length + 9 }, (_, index) => index - 3).subarray(3, 3 + length);
    expect(hexOf(sipHash24Bytes(key, within))).toBe(expected);
  });

  // Computed with Python's unbounded integers from the paper's definition.
  it.each([
    ['héllo ✈ 🛫', '180d711b9e6c0321'],
    ['x'.repeat(5000), 'af3c608a58746b60'],
    ['a\ud800b', '34050a04f403ede7'],
  ])('of a text is that of its UTF-8 bytes', (text, expected) => {
    expect(hexOf(sipHash24(key, text))).toBe(expected);
  });

  it('hashes the bytes that Node makes of a text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
        expect(sipHash24(key, text)).toEqual(sipHash24Bytes(key, Buffer.from(text)));
      }),
    );
  });
});
