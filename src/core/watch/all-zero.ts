// all-zero: every feature that a row holds is 0: what a service sends when its feature store gave nothing.
// n = rows that hold at least one of the features; text, null and NaN are no values here.
import { type Static, Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { featuresOption } from './features-option.ts';
import { createWatch, heldValues, type Watch } from './watch.ts';

const options = Type.Object(featuresOption, { additionalProperties: false });

export const allZero: Kind<typeof options, Watch> = {
  name: 'all-zero',
  summary: 'Every number among the features is 0.',
  options,
  create: (_: Static<typeof options>) =>
    createWatch({
      name: 'all-zero',
      words: 'all-zero rate',
      looksAt: 'inputs',
      counted: 'rows that hold at least one of the features as a number',
      blind: 'they hold none of the features as a number',
      usesInput: ({ type }) => type === 'number' || type === 'integer',
      doubt: ({ features }) =>
        features.length === 1 && features[0]?.zeroIsLegal === true
          ? `0 is an ordinary value of ${features[0].name}, its only feature: the limit must allow for that`
          : null,
      happened: ({ features }) => {
        const numbers = features.flatMap(heldValues).filter((value) => isNumber(value));
        return numbers.length === 0 ? null : numbers.every((value) => Number(value) === 0);
      },
    }),
};

function isNumber(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint';
}
