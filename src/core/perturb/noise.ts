// noise: random error on a number, as from a worse sensor, a rounding upstream or a stale aggregate.
import { Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { Kind } from '../kind.ts';
import type { Random } from '../random.ts';
import type { DeclaredInput } from './declared-input.ts';
import { fitNumber, isFiniteNumber, plus } from './fit-number.ts';
import { commonOptions, type Perturbation, refusesAllButNumbers } from './perturbation.ts';
import { mapFeatures } from './places.ts';

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
    ofSpread: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        description: 'standard deviation as a multiple of the feature’s declared spread: 0.5 is half of it',
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
  create({ distribution = 'gaussian', sd, ofRange, ofSpread }) {
    if ([sd, ofRange, ofSpread].filter((size) => size !== undefined).length !== 1) {
      throw new PenumbraError('CONFIG_INVALID', 'noise requires either sd or ofRange or ofSpread');
    }
    const sdOf = ({ range, spread = 0 }: DeclaredInput): number =>
      sd ?? (ofSpread === undefined ? (ofRange ?? 0) * (range === null ? 0 : range[1] - range[0]) : ofSpread * spread);
    return {
      name: 'noise',
      breaksShape: false,
      refuses(feature) {
        if (ofRange !== undefined && feature.range === null) return 'ofRange needs its declared range';
        if (ofSpread !== undefined && feature.spread === undefined) return 'ofSpread needs its declared spread';
        return refusesAllButNumbers('noise', feature);
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
