// noise: random error on a number, as from a worse sensor, a rounding upstream or a stale aggregate.
import { Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { InputFeature } from '../../model.ts';
import type { Kind } from '../kind.ts';
import type { Random } from '../random.ts';
import { mapFeatures } from './places.ts';
import { fitNumber, isFiniteNumber } from './fit-number.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';

const options = Type.Object(
  {
    ...commonOptions,
    distribution: Type.Union([Type.Literal('gaussian'), Type.Literal('uniform'), Type.Literal('laplace')], {
      default: 'gaussian',
      description: 'shape of the error, always with mean 0: gaussian, uniform or laplace',
    }),
    sd: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'standard deviation in the feature’s own unit' }),
    ),
    ofRange: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'standard deviation as a fraction of the feature’s declared range',
      }),
    ),
  },
  { additionalProperties: false },
);

/** One draw with mean 0 and standard deviation 1. */
const draws = {
  gaussian: (random: Random) => random.normal(),
  uniform: (random: Random) => Math.sqrt(3) * (2 * random.uniform() - 1),
  laplace: (random: Random) => {
    const side = 2 * random.uniform() - 1;
    return (-Math.sign(side) * Math.log(1 - Math.abs(side))) / Math.SQRT2;
  },
};

export const noise: Kind<typeof options, Perturbation> = {
  name: 'noise',
  summary: 'Adds random error with mean 0 to a number; the same request always gets the same error.',
  options,
  create({ distribution = 'gaussian', sd, ofRange }) {
    if ((sd === undefined) === (ofRange === undefined)) {
      throw new PenumbraError('CONFIG_INVALID', 'noise requires either sd or ofRange');
    }
    const sdOf = ({ range }: InputFeature): number =>
      sd ?? (ofRange as number) * (range === null ? 0 : range[1] - range[0]);
    return {
      name: 'noise',
      breaksShape: false,
      refuses(feature) {
        if (feature.type !== 'number' && feature.type !== 'integer')
          return `noise is for numbers, and it is a ${feature.type}`;
        return sd === undefined && feature.range === null ? 'ofRange needs its declared range' : null;
      },
      apply: (request, { features, random }) =>
        mapFeatures(request, {
          features,
          change: (value, { feature, datatype }) => {
            const error = sdOf(feature) * draws[distribution](random);
            return isFiniteNumber(value) ? fitNumber(plus(value, error), datatype) : value;
          },
        }),
    };
  },
};

/** A 64-bit integer stays exact. */
function plus(value: number | bigint, error: number): number | bigint {
  return typeof value === 'bigint' && Number.isFinite(error)
    ? value + BigInt(Math.round(error))
    : Number(value) + error;
}
