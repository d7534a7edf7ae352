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
const lane = (index: number): number => lanes[index] as number;

interface Message {
  readonly view: DataView;
  /** How many words of eight bytes. */
  readonly words: number;
  /** SipRounds after each word. */
  readonly rounds: number;
}

/** Takes words into the lanes. Every request is hashed a few times, so it works on local numbers and calls nothing. */
function absorb({ view, words, rounds }: Message): void {
  let v0l = lane(0);
  let v0h = lane(1);
  let v1l = lane(2);
  let v1h = lane(3);
  let v2l = lane(4);
  let v2h = lane(5);
  let v3l = lane(6);
  let v3h = lane(7);
  // Low words as they were before a rotation.
  let [low0, low1, low2, low3] = [0, 0, 0, 0];
  for (let at = 0; at < 8 * words; at += 8) {
    const low = view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    v3l ^= low;
    v3h ^= high;
    for (let round = 0; round < rounds; round++) {
      // A sum's high word takes a carry when its low word wrapped around.
      v0l = (v0l + v1l) | 0;
      v0h = (v0h + v1h + (v0l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      low1 = v1l;
      v1l = ((v1l << 13) | (v1h >>> 19)) ^ v0l;
      v1h = ((v1h << 13) | (low1 >>> 19)) ^ v0h;
      low0 = v0l;
      v0l = v0h;
      v0h = low0;
      v2l = (v2l + v3l) | 0;
      v2h = (v2h + v3h + (v2l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      low3 = v3l;
      v3l = ((v3l << 16) | (v3h >>> 16)) ^ v2l;
      v3h = ((v3h << 16) | (low3 >>> 16)) ^ v2h;
      v0l = (v0l + v3l) | 0;
      v0h = (v0h + v3h + (v0l >>> 0 < v3l >>> 0 ? 1 : 0)) | 0;
      low3 = v3l;
      v3l = ((v3l << 21) | (v3h >>> 11)) ^ v0l;
      v3h = ((v3h << 21) | (low3 >>> 11)) ^ v0h;
      v2l = (v2l + v1l) | 0;
      v2h = (v2h + v1h + (v2l >>> 0 < v1l >>> 0 ? 1 : 0)) | 0;
      low1 = v1l;
      v1l = ((v1l << 17) | (v1h >>> 15)) ^ v2l;
      v1h = ((v1h << 17) | (low1 >>> 15)) ^ v2h;
      low2 = v2l;
      v2l = v2h;
      v2h = low2;
    }
    v0l ^= low;
    v0h ^= high;
  }
  lanes[0] = v0l;
  lanes[1] = v0h;
  lanes[2] = v1l;
  lanes[3] = v1h;
  lanes[4] = v2l;
  lanes[5] = v2h;
  lanes[6] = v3l;
  lanes[7] = v3h;
}

/** The end of a message, and the empty word of the finalization behind it. */
const end = new DataView(new ArrayBuffer(8));
const nothing = new DataView(new ArrayBuffer(8));

/** SipHash-2-4 of bytes. O(length). Checked against the published vectors in its test. */
export function sipHash24Bytes(key: SipKey, bytes: Uint8Array): Hash64 {
  return hash(key, { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length), length: bytes.length });
}

function hash(key: SipKey, { view, length }: { view: DataView; length: number }): Hash64 {
  const { low0, high0, low1, high1 } = key;
  lanes[0] = low0 ^ 0x70736575;
  lanes[1] = high0 ^ 0x736f6d65;
  lanes[2] = low1 ^ 0x6e646f6d;
  lanes[3] = high1 ^ 0x646f7261;
  lanes[4] = low0 ^ 0x6e657261;
  lanes[5] = high0 ^ 0x6c796765;
  lanes[6] = low1 ^ 0x79746573;
  lanes[7] = high1 ^ 0x74656462;
  const words = Math.floor(length / 8);
  absorb({ view, words, rounds: 2 });
  end.setInt32(0, 0);
  end.setInt32(4, length & 0xff);
  for (let at = 8 * words; at < length; at++) end.setUint8(at - 8 * words, view.getUint8(at));
  absorb({ view: end, words: 1, rounds: 2 });
  lanes[4] = lane(4) ^ 0xff;
  absorb({ view: nothing, words: 1, rounds: 4 });
  return {
    low: (lane(0) ^ lane(2) ^ lane(4) ^ lane(6)) >>> 0,
    high: (lane(1) ^ lane(3) ^ lane(5) ^ lane(7)) >>> 0,
  };
}

export function sipHash24(key: SipKey, text: string): Hash64 {
  const view = text.length <= longestShared ? shared : new DataView(new ArrayBuffer(3 * text.length));
  return hash(key, { view, length: writeUtf8(text, view) });
}

/** Ids and names are short and many: they need no memory of their own. A code unit is three bytes at most. */
const longestShared = 1024;
const shared = new DataView(new ArrayBuffer(3 * longestShared));

/** UTF-8 without TextEncoder, which core does not have; says how many bytes. A lone surrogate becomes U+FFFD, as everywhere. */
function writeUtf8(text: string, view: DataView): number {
  let end = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      view.setUint8(end++, unit);
      continue;
    }
    const point = text.codePointAt(at) as number;
    if (point >= 0x10000) at++;
    for (const byte of utf8Of(point >= 0xd800 && point <= 0xdfff ? 0xfffd : point)) view.setUint8(end++, byte);
  }
  return end;
}

/** The bytes of a character beyond ASCII. */
function utf8Of(code: number): number[] {
  if (code < 0x800) return [0xc0 | (code >> 6), 0x80 | (code & 63)];
  const last = [0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
  if (code < 0x10000) return [0xe0 | (code >> 12), ...last];
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), ...last];
}
