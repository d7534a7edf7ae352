// SipHash-2-4 (Aumasson and Bernstein, 2012) on the UTF-8 bytes of a text, in 32-bit halves: core has no node:crypto.
/** A 128-bit key in four little-endian words. */
export interface SipKey {
  readonly low0: number;
  readonly high0: number;
  readonly low1: number;
  readonly high1: number;
}

export interface Hash64 {
  readonly low: number;
  readonly high: number;
}

/** Lanes v0…v3 as low/high words: [v0l, v0h, v1l, v1h, v2l, v2h, v3l, v3h]. Not re-entrant, so one buffer serves all. */
const lanes = new Int32Array(8);
const at = (index: number): number => lanes[index] as number;

function add(into: number, from: number): void {
  const low = (at(into) >>> 0) + (at(from) >>> 0);
  lanes[into] = low;
  lanes[into + 1] = at(into + 1) + at(from + 1) + (low > 0xffffffff ? 1 : 0);
}

function rotateLeft(lane: number, bits: number): void {
  const low = at(lane);
  const high = at(lane + 1);
  lanes[lane] = (low << bits) | (high >>> (32 - bits));
  lanes[lane + 1] = (high << bits) | (low >>> (32 - bits));
}

function swapHalves(lane: number): void {
  const low = at(lane);
  lanes[lane] = at(lane + 1);
  lanes[lane + 1] = low;
}

function xor(into: number, low: number, high: number): void {
  lanes[into] = at(into) ^ low;
  lanes[into + 1] = at(into + 1) ^ high;
}

function round(): void {
  add(0, 2);
  rotateLeft(2, 13);
  xor(2, at(0), at(1));
  swapHalves(0);
  add(4, 6);
  rotateLeft(6, 16);
  xor(6, at(4), at(5));
  add(0, 6);
  rotateLeft(6, 21);
  xor(6, at(0), at(1));
  add(4, 2);
  rotateLeft(2, 17);
  xor(2, at(4), at(5));
  swapHalves(4);
}

function compress(low: number, high: number): void {
  xor(6, low, high);
  round();
  round();
  xor(0, low, high);
}

/** SipHash-2-4 of bytes. O(length). Checked against the published vectors in its test. */
export function sipHash24Bytes(key: SipKey, bytes: readonly number[] | Uint8Array): Hash64 {
  const byte = (index: number): number => bytes[index] as number;
  const word = (index: number): number =>
    byte(index) | (byte(index + 1) << 8) | (byte(index + 2) << 16) | (byte(index + 3) << 24);
  lanes.set([0x70736575, 0x736f6d65, 0x6e646f6d, 0x646f7261, 0x6e657261, 0x6c796765, 0x79746573, 0x74656462]);
  for (const lane of [0, 4]) xor(lane, key.low0, key.high0);
  for (const lane of [2, 6]) xor(lane, key.low1, key.high1);
  const length = bytes.length;
  const whole = length - (length % 8);
  for (let index = 0; index < whole; index += 8) compress(word(index), word(index + 4));
  const last = [0, (length & 0xff) << 24];
  for (let index = whole; index < length; index++) {
    const offset = index - whole;
    const half = offset < 4 ? 0 : 1;
    last[half] = (last[half] as number) | (byte(index) << (8 * (offset % 4)));
  }
  compress(last[0] as number, last[1] as number);
  xor(4, 0xff, 0);
  for (let index = 0; index < 4; index++) round();
  return {
    low: (at(0) ^ at(2) ^ at(4) ^ at(6)) >>> 0,
    high: (at(1) ^ at(3) ^ at(5) ^ at(7)) >>> 0,
  };
}

export function sipHash24(key: SipKey, text: string): Hash64 {
  return sipHash24Bytes(key, utf8(text));
}

/** UTF-8 bytes without TextEncoder, which core does not have. A lone surrogate becomes U+FFFD, as everywhere. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text) {
    const point = character.codePointAt(0) as number;
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  return bytes;
}
