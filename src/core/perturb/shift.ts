// shift: a constant is added to the number, as when a zero point moves: Kelvin read as Celsius, local time as UTC.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { fitNumber, isFiniteNumber, plus } from './fit-number.ts';
import { commonOptions, type Perturbation, refusesAllButNumbers } from './perturbation.ts';
import { mapFeatures } from './places.ts';

const options = Type.Object(
  { ...commonOptions, by: Type.Number({ description: 'what is added, in the feature’s own unit' }) },
  { additionalProperties: false },
);

export const shift: Kind<typeof options, Perturbation> = {
  name: 'shift',
  summary: 'Adds a constant to a number: an offset between units.',
  options,
  create: ({ by }) => ({
    name: 'shift',
    breaksShape: false,
    refuses: (feature) => refusesAllButNumbers('shift', feature),
    apply: (request, { features }) =>
      mapFeatures(request, {
        features,
        change: (value, { datatype }) => (isFiniteNumber(value) ? fitNumber(plus(value, by), datatype) : value),
      }),
  }),
};
