// quantize: the number is rounded to one of a few levels of its range, as by an int8 feature store or a compressed embedding.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { fitNumber } from './fit-number.ts';
import { commonOptions, type Perturbation, refusesAllButNumbers } from './perturbation.ts';
import { mapFeatures } from './places.ts';

const options = Type.Object(
  {
    ...commonOptions,
    levels: Type.Integer({
      minimum: 2,
      maximum: 65_536,
      default: 256,
      description: 'how many values are left, from the low end of the range to the high one; int8 has 256',
    }),
  },
  { additionalProperties: false },
);

/** Values outside the range, infinities too, become its nearest end, as in int8; missing values and NaN stay. */
export const quantize: Kind<typeof options, Perturbation> = {
  name: 'quantize',
  summary: 'Rounds a number to the nearest of some evenly spaced levels of its declared range, as int8 would.',
  options,
  create: ({ levels = 256 }) => ({
    name: 'quantize',
    breaksShape: false,
    refuses: (feature) =>
      refusesAllButNumbers('quantize', feature) ??
      (feature.range === null ? 'it declares no range to divide into levels' : null),
    apply: (request, { features }) =>
      mapFeatures(request, {
        features,
        change(value, { feature: { range }, datatype }) {
          if (range === null || !(typeof value === 'number' || typeof value === 'bigint') || Number.isNaN(value))
            return value;
          return fitNumber(nearestLevel(Number(value), { range, levels }), datatype);
        },
      }),
  }),
};

function nearestLevel(
  value: number,
  { range: [low, high], levels }: { range: readonly [number, number]; levels: number },
): number {
  const inside = Math.min(high, Math.max(low, value));
  if (!(high - low > 0 && Number.isFinite(high - low))) return inside;
  const level = Math.round(((inside - low) / (high - low)) * (levels - 1));
  return low + ((high - low) * level) / (levels - 1);
}
