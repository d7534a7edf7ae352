// clip: the number is kept inside a range, as by a saturating sensor, a narrow column type or a zealous clean-up.
import { Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { Datatype, TensorValue } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { fitNumber } from './fit-number.ts';
import { isFloat } from './fit-values.ts';
import { commonOptions, type Perturbation, refusesAllButNumbers } from './perturbation.ts';
import { mapFeatures } from './places.ts';

const options = Type.Object(
  {
    ...commonOptions,
    to: Type.Optional(
      Type.Array(Type.Number(), {
        minItems: 2,
        maxItems: 2,
        description: 'lowest and highest value, [low, high]; by default the declared range',
      }),
    ),
  },
  { additionalProperties: false },
);

/** Infinities are clipped like every number; missing values and NaN stay. */
export const clip: Kind<typeof options, Perturbation> = {
  name: 'clip',
  summary: 'Keeps a number inside a range, the declared one by default.',
  options,
  create({ to }) {
    const [low = 0, high = 0] = to ?? [];
    if (to !== undefined && low > high) {
      throw new PenumbraError('CONFIG_INVALID', `clip requires low before high, got to: [${low}, ${high}]`);
    }
    return {
      name: 'clip',
      breaksShape: false,
      refuses(feature) {
        const reason = refusesAllButNumbers('clip', feature);
        return (
          reason ?? (to === undefined && feature.range === null ? 'it declares no range, and no `to` is given' : null)
        );
      },
      apply: (request, { features }) =>
        mapFeatures(request, {
          features,
          change: (value, { feature, datatype }) => {
            const range = to === undefined ? feature.range : ([low, high] as const);
            return range === null ? value : clipped(value, { range, datatype });
          },
        }),
    };
  },
};

function clipped(
  value: TensorValue,
  { range: [low, high], datatype }: { range: readonly [number, number]; datatype: Datatype },
): TensorValue {
  if (typeof value !== 'number' && typeof value !== 'bigint') return value;
  // A whole number inside the range exists, or the nearest one has to do.
  const [first, last] = isFloat(datatype) ? [low, high] : [Math.ceil(low), Math.floor(high)];
  if (value < low) return fitNumber(first <= high ? first : low, datatype);
  return value > high ? fitNumber(last >= low ? last : high, datatype) : value;
}
