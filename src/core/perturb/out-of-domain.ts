// outOfDomain: a value that the model cannot have learnt: beyond the declared range, or a category that nobody has seen.
import { Type } from 'typebox';
import type { Datatype, TensorValue } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { fitNumber } from './fit-number.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { mapFeatures } from './places.ts';

const options = Type.Object(
  {
    ...commonOptions,
    side: Type.Union([Type.Literal('above'), Type.Literal('below'), Type.Literal('either')], {
      default: 'above',
      description: 'numbers: above the range, below it, or either, drawn per value',
    }),
    factor: Type.Number({
      exclusiveMinimum: 0,
      default: 1,
      description: 'numbers: how far beyond the end of the range, in widths of the range',
    }),
    category: Type.String({
      minLength: 1,
      default: 'never-seen-before',
      description: 'texts: the category to put in, one that the model was not trained on',
    }),
  },
  { additionalProperties: false },
);

/** Where the datatype ends with the range, so that nothing beyond can be written, the value stays. */
export const outOfDomain: Kind<typeof options, Perturbation> = {
  name: 'outOfDomain',
  summary: 'Puts a number outside its declared range, and an unseen category in place of a text.',
  options,
  create: ({ side = 'above', factor = 1, category = 'never-seen-before' }) => ({
    name: 'outOfDomain',
    breaksShape: false,
    refuses({ type, range }) {
      if (type === 'string') return null;
      if (type === 'boolean') return 'a boolean has no value outside its domain';
      return range === null ? 'it declares no range to be outside of' : null;
    },
    apply: (request, { features, random }) =>
      mapFeatures(request, {
        features,
        change(value, { feature: { type, range }, datatype }) {
          const isAbove = side === 'either' ? random.uniform() < 0.5 : side === 'above';
          if (type === 'string') return datatype === 'BYTES' ? category : value;
          return range === null ? value : (beyond(range, { isAbove, factor, datatype }) ?? value);
        },
      }),
  }),
};

/** Null when the datatype cannot hold a number there. */
function beyond(
  [low, high]: readonly [number, number],
  { isAbove, factor, datatype }: { isAbove: boolean; factor: number; datatype: Datatype },
): TensorValue | null {
  if (datatype === 'BOOL') return null;
  const far = factor * (high - low);
  const fitted = fitNumber(isAbove ? high + far : low - far, datatype);
  return Number(fitted) > high || Number(fitted) < low ? fitted : null;
}
