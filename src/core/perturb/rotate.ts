// rotate: every vector is turned by one angle, always in the same way: embeddings of another model version, whose space is
// turned against the one the model learnt. Lengths stay, and so do the angles between vectors.
import { Type } from 'typebox';
import type { TensorValue } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { fitNumber } from './fit-number.ts';
import { isFloat } from './fit-values.ts';
import { commonOptions, type Perturbation, refusesAllButNumbers } from './perturbation.ts';
import { mapRows } from './places.ts';
import { createRotation, type Rotation, rotated } from './rotation.ts';

const options = Type.Object(
  {
    ...commonOptions,
    degrees: Type.Number({
      exclusiveMinimum: 0,
      maximum: 180,
      description: 'the angle between a vector and what becomes of it; less where the length is odd',
    }),
  },
  { additionalProperties: false },
);

/** A vector with a missing or infinite number stays as it is, as do vectors of one number and of integers. */
export const rotate: Kind<typeof options, Perturbation> = {
  name: 'rotate',
  summary: 'Turns a vector by an angle, the same seeded rotation for every request; its length stays.',
  options,
  create: ({ degrees }) => ({
    name: 'rotate',
    breaksShape: false,
    refuses: (feature) =>
      feature.index === null
        ? refusesAllButNumbers('rotate', feature)
        : 'rotate is for vectors, and it is one column of a tensor',
    apply(request, { features, fixedRandom }) {
      const made = new Map<string, Rotation>();
      return mapRows(request, {
        features,
        change(values, { feature: { name }, datatype }) {
          if (values.length < 2 || !isFloat(datatype) || !areFinite(values)) return null;
          const rotation = made.get(name) ?? createRotation(fixedRandom(name), { size: values.length, degrees });
          made.set(name, rotation);
          return rotated(values, rotation).map((value) => fitNumber(value, datatype));
        },
      });
    },
  }),
};

function areFinite(values: readonly TensorValue[]): values is readonly number[] {
  return values.every((value) => Number.isFinite(value));
}
