// zero: the feature is 0 (false for a boolean), as after a silent fallback of a feature store.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { fitNumber } from './fit-number.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { mapFeatures } from './places.ts';

const options = Type.Object(commonOptions, { additionalProperties: false });

export const zero: Kind<typeof options, Perturbation> = {
  name: 'zero',
  summary: 'Sets the feature to 0 (false for a boolean).',
  options,
  create: () => ({
    name: 'zero',
    breaksShape: false,
    refuses: (feature) => (feature.type === 'string' ? 'a string has no zero; use default' : null),
    apply: (request, { features }) =>
      mapFeatures(request, { features, change: (_, { datatype }) => fitNumber(0, datatype) }),
  }),
};
