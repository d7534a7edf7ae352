// scale: the number is multiplied, as when minutes are read as seconds or a percentage as a fraction.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { mapFeatures } from './places.ts';
import { fitNumber, isFiniteNumber } from './fit-number.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';

const options = Type.Object(
  { ...commonOptions, by: Type.Number({ description: 'what the value is multiplied by' }) },
  { additionalProperties: false },
);

export const scale: Kind<typeof options, Perturbation> = {
  name: 'scale',
  summary: 'Multiplies a number by a factor: a mix-up of units.',
  options,
  create: ({ by }) => ({
    name: 'scale',
    breaksShape: false,
    refuses: ({ type }) =>
      type === 'number' || type === 'integer' ? null : `scale is for numbers, and it is a ${type}`,
    apply: (request, { features }) =>
      mapFeatures(request, {
        features,
        change: (value, { datatype }) => (isFiniteNumber(value) ? fitNumber(times(value, by), datatype) : value),
      }),
  }),
};

/** A whole factor keeps 64-bit integers exact; another one is applied in double precision. */
function times(value: number | bigint, factor: number): number | bigint {
  if (typeof value === 'number') return value * factor;
  return Number.isSafeInteger(factor) ? value * BigInt(factor) : Number(value) * factor;
}
