// scale: the number is multiplied, as when minutes are read as seconds or a percentage as a fraction.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { fitNumber, isFiniteNumber, times } from './fit-number.ts';
import { commonOptions, type Perturbation, refusesAllButNumbers } from './perturbation.ts';
import { mapFeatures } from './places.ts';

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
    refuses: (feature) => refusesAllButNumbers('scale', feature),
    apply: (request, { features }) =>
      mapFeatures(request, {
        features,
        change: (value, { datatype }) => (isFiniteNumber(value) ? fitNumber(times(value, by), datatype) : value),
      }),
  }),
};
