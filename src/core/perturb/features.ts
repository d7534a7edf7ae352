// From the names in a config to the declared features, and from a feature to its places inside a request's tensors.
import { PenumbraError } from '../../errors.ts';
import type { Datatype, InputFeature, ModelRequest, Tensor, TensorValue } from '../../model.ts';
import type { Perturbation } from './perturbation.ts';

/**
 * The declared features that a use of a perturbation names, in declared order. Throws CONFIG_INVALID for a name or pattern
 * that matches none, and for a feature that this perturbation cannot change.
 */
export function resolveFeatures(
  perturbation: Perturbation,
  { names, inputs }: { names: string | readonly string[]; inputs: readonly InputFeature[] },
): readonly InputFeature[] {
  const chosen = new Set<InputFeature>();
  for (const name of typeof names === 'string' ? [names] : names) {
    const pattern = patternOf(name);
    const matching = inputs.filter((feature) => pattern.test(feature.name));
    if (matching.length === 0) throw unknownFeature(name, { perturbation, inputs });
    for (const feature of matching) chosen.add(feature);
  }
  const features = inputs.filter((feature) => chosen.has(feature));
  for (const feature of features) {
    const reason = perturbation.refuses(feature);
    if (reason !== null) {
      throw new PenumbraError('CONFIG_INVALID', `${perturbation.name} cannot change ${feature.name}: ${reason}`);
    }
  }
  return features;
}

function unknownFeature(
  name: string,
  { perturbation, inputs }: { perturbation: Perturbation; inputs: readonly InputFeature[] },
): PenumbraError {
  const known = inputs.map((feature) => feature.name).join(', ');
  const allowed = known === '' ? 'none is declared (see inputs)' : `declared: ${known}`;
  return new PenumbraError(
    'CONFIG_INVALID',
    `${perturbation.name} names "${name}", which is no declared input; ${allowed}`,
  );
}

/** `*` stands for any run of characters; everything else for itself. */
function patternOf(name: string): RegExp {
  const parts = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** What becomes of one value; returning the value itself leaves it. */
export type ChangeValue = (value: TensorValue, place: { feature: InputFeature; datatype: Datatype }) => TensorValue;

/** The request with every value of these features changed, row by row; tensors without any of them are shared, not copied. */
export function mapFeatures(
  request: ModelRequest,
  { features, change }: { features: readonly InputFeature[]; change: ChangeValue },
): ModelRequest {
  const inputs = request.inputs.map((tensor) => {
    const ofTensor = features.filter((feature) => feature.tensor === tensor.name);
    return ofTensor.length === 0 ? tensor : mapTensor(tensor, { features: ofTensor, change });
  });
  return { ...request, inputs };
}

function mapTensor(
  tensor: Tensor,
  { features, change }: { features: readonly InputFeature[]; change: ChangeValue },
): Tensor {
  const data = [...tensor.data];
  for (const feature of features) {
    const { start, step } = placesOf(tensor, feature);
    for (let place = start; place < data.length; place += step) {
      data[place] = change(data[place] as TensorValue, { feature, datatype: tensor.datatype });
    }
  }
  return { ...tensor, data };
}

/** Where a feature's values stand in the flat data: every value of its own tensor, or one in every row of a shared one. */
function placesOf(tensor: Tensor, feature: InputFeature): { start: number; step: number } {
  if (feature.index === null) return { start: 0, step: 1 };
  const width = widthOf(tensor);
  return feature.index < width ? { start: feature.index, step: width } : { start: tensor.data.length, step: 1 };
}

/** Columns of a row: the last dimension. */
export function widthOf(tensor: Tensor): number {
  return tensor.shape.at(-1) ?? 1;
}
