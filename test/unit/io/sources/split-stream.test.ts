// Pieces are the same however the bytes arrive, and what is too long is never kept.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordSeparator } from '../../../../src/io/sources/goreplay-record.ts';
import { type Piece, splitStream } from '../../../../src/io/sources/split-stream.ts';

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (const size of [...sizes, bytes.length]) {
    yield bytes.subarray(at, at + size);
    at += size;
    if (at >= bytes.length) return;
  }
}

const options = { separator: recordSeparator, maxBytes: 1000, what: 'record' } as const;

async function piecesOf(chunks: AsyncIterable<Buffer>, changes: object = {}): Promise<Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of splitStream(chunks, { ...options, ...changes })) pieces.push(piece);
  return pieces;
}

describe('splitStream', () => {
  it('finds a separator that lies across reads, wherever it is cut', async () => {
    const bodies = fc.array(fc.constantFrom('', 'a', 'one\ntwo', '🐵🙈', '\n🐵', 'x'.repeat(40)), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(bodies, fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 }), async (texts, sizes) => {
        const whole = Buffer.from(texts.map((text) => text + recordSeparator.toString()).join(''));
        const pieces = await piecesOf(cut(whole, sizes));
        expect(pieces.map(({ bytes }) => bytes.toString())).toEqual(texts);
        let line = 1;
        for (const [index, text] of texts.entries()) {
          expect(pieces[index]).toMatchObject({ number: index + 1, line, problem: null });
          line += text.split('\n').length + 1;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps nothing of what is too long, and goes on behind it', async () => {
    const long = 'x'.repeat(5000);
    const whole = Buffer.from([`short`, long, 'after'].join(recordSeparator.toString()));
    const pieces = await piecesOf(cut(whole, new Array(100).fill(64)));
    expect(pieces.map(({ bytes }) => bytes.toString())).toEqual(['short', '', 'after']);
    expect(pieces[1]?.problem).toEqual({ reason: 'too_large', text: 'a record requires at most 1000 bytes, not 5000' });
  });

  it('says where a stream broke off, and hands over no half of a piece', async () => {
    async function* breaking(): AsyncGenerator<Buffer> {
      yield Buffer.from('one\ntwo\nhal');
      throw new Error('disk gone');
    }
    const pieces = await piecesOf(breaking(), { separator: Buffer.from('\n') });
    expect(pieces.map(({ bytes }) => bytes.toString())).toEqual(['one', 'two', '']);
    expect(pieces[2]).toMatchObject({
      line: 3,
      problem: { reason: 'broken_off', text: 'the file breaks off here: disk gone' },
    });
  });
});
