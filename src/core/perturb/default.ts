// default: the feature has its declared default, as when a lookup misses and the service fills in.
import { Type } from 'typebox';
import type { Datatype, TensorValue } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { mapFeatures } from './places.ts';
import { fitNumber } from './fit-number.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';

const options = Type.Object(commonOptions, { additionalProperties: false });

export const defaultValue: Kind<typeof options, Perturbation> = {
  name: 'default',
  summary: 'Sets the feature to its declared default.',
  options,
  create: () => ({
    name: 'default',
    breaksShape: false,
    refuses: (feature) => (feature.default === null ? 'it declares no default' : null),
    apply: (request, { features }) =>
      mapFeatures(request, {
        features,
        change: (value, { feature, datatype }) =>
          feature.default === null ? value : fitDefault(feature.default, datatype),
      }),
  }),
};

function fitDefault(value: number | string | boolean, datatype: Datatype): TensorValue {
  if (typeof value === 'number') return fitNumber(value, datatype);
  if (typeof value === 'boolean') return datatype === 'BOOL' ? value : fitNumber(Number(value), datatype);
  return value;
}
