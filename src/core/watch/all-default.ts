// all-default: every feature that a row holds has its declared default: what a service uses when it does not know better.
// n = rows that hold at least one of the features.
import { type Static, Type } from 'typebox';
import type { InputFeature, TensorValue } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { featuresOption } from './features-option.ts';
import { createWatch, heldValues, type Watch } from './watch.ts';

const options = Type.Object(featuresOption, { additionalProperties: false });

export const allDefault: Kind<typeof options, Watch> = {
  name: 'all-default',
  summary: 'Every feature that has a declared default has just that value.',
  options,
  create: (_: Static<typeof options>) =>
    createWatch({
      name: 'all-default',
      words: 'all-default rate',
      looksAt: 'inputs',
      counted: 'rows that hold at least one of the features',
      blind: 'they hold none of the features',
      usesInput: ({ default: standard }) => standard !== null,
      whyUnfit: ({ features }) => {
        const without = features.find(({ default: standard }) => standard === null);
        return without === undefined
          ? null
          : { option: 'features', why: `requires features with a declared default; ${without.name} has none` };
      },
      happened: ({ features: values }, { features }) => {
        const held = values.flatMap((value, index) =>
          heldValues(value).map((one) => isStandard(one, features[index] as InputFeature)),
        );
        return held.length === 0 ? null : held.every((isDefault) => isDefault);
      },
    }),
};

/** Equal to about six digits, so that single precision is. */
function isStandard(value: TensorValue, { default: standard }: InputFeature): boolean {
  if (typeof standard !== 'number') return value === standard;
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  return isNumber && Math.abs(Number(value) - standard) <= 1e-6 * Math.abs(standard);
}
