// default: the feature has its declared default, as when a lookup misses and the service fills in.
import { Type } from 'typebox';
import type { Datatype, TensorValue } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { fitNumber } from './fit-number.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { mapFeatures } from './places.ts';

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
          feature.default === null ? value : fitDefault(feature.default, { value, datatype }),
      }),
  }),
};

/** A text stays out of a tensor of numbers: that feature is left as it is. */
function fitDefault(fallback: number | string | boolean, { value, datatype }: Place): TensorValue {
  if (typeof fallback === 'number') return fitNumber(fallback, datatype);
  if (typeof fallback === 'boolean') return datatype === 'BOOL' ? fallback : fitNumber(Number(fallback), datatype);
  return datatype === 'BYTES' ? fallback : value;
}

interface Place {
  readonly value: TensorValue;
  readonly datatype: Datatype;
}
