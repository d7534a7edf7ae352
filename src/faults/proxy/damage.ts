// How bytes of an answer are damaged. The length stays, so that the framing still fits; the bytes given are not changed.

const bitEvery = 32;

/** Only inside the spans, which are content and not framing. */
export function damage(
  bytes: Buffer,
  how: 'bits' | 'digits',
  { spans }: { spans: readonly { readonly from: number; readonly to: number }[] },
): Buffer {
  const damaged = Buffer.from(bytes);
  for (const { from, to } of spans) (how === 'bits' ? flipBits : changeDigits)(damaged, from, to);
  return damaged;
}

function flipBits(bytes: Buffer, from: number, to: number): void {
  for (let at = from + ((to - from - 1) % bitEvery); at < to; at += bitEvery) bytes[at] = (bytes[at] ?? 0) ^ 1;
}

/** d becomes 9 − d, and 9 becomes 4: never 0, so that no number begins with a 0 it may not have. */
function changeDigits(bytes: Buffer, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - 48;
    if (digit >= 0 && digit <= 9) bytes[at] = 48 + (digit === 9 ? 4 : 9 - digit);
  }
}
