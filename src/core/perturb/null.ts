// null: the value is missing though the feature is there, as after a failed join or a division by zero upstream.
// Only float tensors can hold a missing number; integers, booleans and texts have no way to write one.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { isFloat } from './fit-values.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { mapFeatures } from './places.ts';

const options = Type.Object(
  {
    ...commonOptions,
    as: Type.Union([Type.Literal('NaN'), Type.Literal('JSON null')], {
      default: 'NaN',
      description: 'how the missing number is written: NaN or JSON null',
    }),
  },
  { additionalProperties: false },
);

/** A number that arrives in a tensor of integers is left as it is, and the request counts as unchanged. */
export const nullValue: Kind<typeof options, Perturbation> = {
  name: 'null',
  summary: 'Makes a number missing (NaN), where its tensor is FP16, FP32 or FP64: no other datatype can hold that.',
  options,
  create: ({ as = 'NaN' }) => ({
    name: 'null',
    breaksShape: false,
    refuses: ({ type }) =>
      type === 'number' || type === 'integer' ? null : `a ${type} cannot be missing; use default or drop`,
    apply: (request, { features }) =>
      mapFeatures(request, {
        features,
        change: (value, { datatype }) => (isFloat(datatype) ? (as === 'NaN' ? Number.NaN : null) : value),
      }),
  }),
};
