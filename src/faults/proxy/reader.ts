// Reads a socket into one buffer again and again, instead of a new one for each piece: a new one is taken only where a piece
// is kept. Small pieces that are kept are copied, so that they do not hold a whole buffer.
import type { OnReadOpts } from 'node:net';

export interface Reader {
  readonly onread: OnReadOpts;
  /** `take` says whether it is through with the bytes when it returns; else they stay as they are. */
  into(take: (bytes: Buffer) => boolean): void;
}

const bufferBytes = 64 * 1024;
const longestCopyBytes = 8 * 1024;

export function createReader(): Reader {
  let buffer: Buffer | null = null;
  let take: (bytes: Buffer) => boolean = () => true;
  const next = (): Buffer => {
    buffer ??= Buffer.allocUnsafeSlow(bufferBytes);
    return buffer;
  };
  return {
    onread: {
      buffer: next,
      callback: (length) => {
        const bytes = next().subarray(0, length);
        if (!take(bytes)) buffer = null;
        return true;
      },
    },
    into: (run) => {
      take = run;
    },
  };
}

/** For bytes of a buffer that will be read into again: a copy of few, itself of many. */
export function isWorthCopying({ length }: Buffer): boolean {
  return length <= longestCopyBytes;
}
