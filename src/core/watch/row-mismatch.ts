// row-mismatch: the answer does not hold as many rows as the request asked for.
// n = answered requests of which both messages can be read.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createWatch, type Watch } from './watch.ts';

const options = Type.Object({}, { additionalProperties: false });

export const rowMismatch: Kind<typeof options, Watch> = {
  name: 'row-mismatch',
  summary: 'The answer holds more or fewer rows than the request asked for.',
  options,
  create: () =>
    createWatch({
      name: 'row-mismatch',
      words: 'row-mismatch rate',
      looksAt: 'messages',
      counted: 'requests answered 2xx of which both messages can be read',
      blind: 'none of them was answered 2xx with both messages readable',
      happened: ({ rows }) => (rows === null ? null : rows.asked !== rows.answered),
    }),
};
