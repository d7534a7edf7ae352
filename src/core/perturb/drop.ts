// drop: the feature is missing from the request, as after a broken join or a renamed field.
import { Type } from 'typebox';
import type { InputFeature, ModelRequest, Tensor } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { widthOf } from './places.ts';

const options = Type.Object(commonOptions, { additionalProperties: false });

/**
 * A feature that is a tensor of its own: the tensor is left out. A column of a tensor: the column is cut out of every row, and a
 * tensor without columns is left out. Either way the request has no longer the declared inputs.
 */
export const drop: Kind<typeof options, Perturbation> = {
  name: 'drop',
  summary: 'Leaves the feature out of the request.',
  options,
  create: () => ({
    name: 'drop',
    breaksShape: true,
    refuses: () => null,
    apply(request, { features }) {
      const inputs: Tensor[] = [];
      for (const tensor of request.inputs) {
        const kept = withoutFeatures(
          tensor,
          features.filter((feature) => feature.tensor === tensor.name),
        );
        if (kept !== null) inputs.push(kept);
      }
      return { ...request, inputs } satisfies ModelRequest;
    },
  }),
};

function withoutFeatures(tensor: Tensor, features: readonly InputFeature[]): Tensor | null {
  if (features.length === 0) return tensor;
  const width = widthOf(tensor);
  const columns = new Set<number>();
  for (const { index } of features) {
    if (index === null) return null;
    if (index < width) columns.add(index);
  }
  if (columns.size === 0) return tensor;
  if (columns.size === width) return null;
  return {
    ...tensor,
    shape: [...tensor.shape.slice(0, -1), width - columns.size],
    data: tensor.data.filter((_, place) => !columns.has(place % width)),
  };
}
