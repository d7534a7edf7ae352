// Cuts a stream of bytes at a separator: lines, or the records of a capture. What is longer than the limit is never held in memory, and a
// separator may lie across any two chunks.
import { messageOf } from '../../errors.ts';

export interface Piece {
  /** From 1, over all pieces, empty ones too. */
  readonly number: number;
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** Empty where there is a problem. */
  readonly bytes: Buffer;
  /** Too large, or the stream broke off: that piece is the last. */
  readonly problem: { readonly reason: 'too_large' | 'broken_off'; readonly text: string } | null;
}

export interface SplitOptions {
  readonly separator: Buffer;
  readonly maxBytes: number;
  /** What a piece is, in words. */
  readonly what: 'line' | 'record';
}

const nothing = Buffer.alloc(0);

/** What follows the last separator is a piece only when it is not empty. Never throws what the stream throws. */
export async function* splitStream(chunks: AsyncIterable<Buffer>, options: SplitOptions): AsyncGenerator<Piece> {
  const { separator } = options;
  const gather = createGather(options);
  let held: Buffer = nothing;
  try {
    for await (const chunk of chunks) {
      let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      for (let to = rest.indexOf(separator); to >= 0; to = rest.indexOf(separator)) {
        gather.take(rest.subarray(0, to));
        yield gather.end();
        rest = rest.subarray(to + separator.length);
      }
      // The last bytes may be the beginning of a separator.
      const kept = Math.min(rest.length, separator.length - 1);
      gather.take(rest.subarray(0, rest.length - kept));
      held = rest.subarray(rest.length - kept);
    }
  } catch (thrown) {
    yield gather.broken(messageOf(thrown));
    return;
  }
  gather.take(held);
  if (gather.size() > 0) yield gather.end();
}

function createGather({ separator, maxBytes, what }: SplitOptions) {
  let [number, line, lines, size] = [0, 1, 0, 0];
  let parts: Buffer[] = [];
  return {
    size: () => size,
    take: (part: Buffer): void => {
      size += part.length;
      lines += newlinesIn(part);
      if (size > maxBytes) parts = [];
      else if (part.length > 0) parts.push(part);
    },
    end: (): Piece => {
      number += 1;
      const text = `a ${what} requires at most ${maxBytes} bytes, not ${size}`;
      const problem = size > maxBytes ? ({ reason: 'too_large', text } as const) : null;
      // A copy: whoever keeps it does not keep the chunks that it came in.
      const piece = { number, line, bytes: Buffer.concat(parts), problem };
      line += lines + newlinesIn(separator);
      [parts, size, lines] = [[], 0, 0];
      return piece;
    },
    broken: (why: string): Piece => {
      const problem = { reason: 'broken_off', text: `the file breaks off here: ${why}` } as const;
      return { number: number + 1, line, bytes: nothing, problem };
    },
  };
}

const newline = 10;

function newlinesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count += 1;
  return count;
}
