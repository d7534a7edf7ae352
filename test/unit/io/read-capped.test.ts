import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { readCapped } from '../../../src/io/read-capped.ts';

const body = (...parts: string[]) => Readable.from(parts.map((part) => Buffer.from(part)));

it('joins what came in pieces, characters cut in two included', async () => {
  const [one, two] = [Buffer.from('grün').subarray(0, 3), Buffer.from('grün').subarray(3)];
  expect(await readCapped(Readable.from([one, two]), { maxBytes: 5 })).toBe('grün');
});

it('gives up at the limit, not at the end', async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(10);
    })(),
  );
  await expect(readCapped(endless, { maxBytes: 95 })).rejects.toThrow('longer than 95 bytes');
  expect(await readCapped(body('a', 'b'), { maxBytes: 2 })).toBe('ab');
});
