// From a feature to its values inside a request's tensors, row by row, and back into a changed copy. A tensor without any of the
// features is shared, not copied; what does not fit the declaration is passed over.
import type { Datatype, ModelRequest, Tensor, TensorValue } from '../../model.ts';
import type { DeclaredInput } from './declared-input.ts';

/** `rows` stretches of `width` values, the first at `start`, the next `step` later. */
interface Places {
  readonly rows: number;
  readonly start: number;
  readonly step: number;
  readonly width: number;
}

interface RowPlace {
  readonly feature: DeclaredInput;
  readonly datatype: Datatype;
  readonly row: number;
  /** Of the whole request. */
  readonly rows: number;
}

/** What one row of a feature holds, and as what. */
export interface Cell {
  readonly datatype: Datatype;
  readonly values: readonly TensorValue[];
}

/** The new values of one row, as many as before; null leaves them. */
export type ChangeRow = (values: readonly TensorValue[], place: RowPlace) => readonly TensorValue[] | null;

/** What becomes of one value; returning the value itself leaves it. */
export type ChangeValue = (value: TensorValue, place: RowPlace) => TensorValue;

/** The request with every row of these features changed. */
export function mapRows(
  request: ModelRequest,
  { features, change }: { features: readonly DeclaredInput[]; change: ChangeRow },
): ModelRequest {
  const inputs = request.inputs.map((tensor) => {
    const ofTensor = features.filter((feature) => feature.tensor === tensor.name);
    return ofTensor.length === 0 ? tensor : mapTensor(tensor, { features: ofTensor, change });
  });
  return { ...request, inputs };
}

/** The request with every value of these features changed, a vector's one by one. */
export function mapFeatures(
  request: ModelRequest,
  { features, change }: { features: readonly DeclaredInput[]; change: ChangeValue },
): ModelRequest {
  return mapRows(request, {
    features,
    change: (values, place) => values.map((value) => change(value, place)),
  });
}

function mapTensor(
  tensor: Tensor,
  { features, change }: { features: readonly DeclaredInput[]; change: ChangeRow },
): Tensor {
  const data = [...tensor.data];
  for (const feature of features) {
    const { rows, start, step, width } = placesOf(tensor, feature);
    for (let row = 0; row < rows; row++) {
      const from = start + row * step;
      const values = data.slice(from, from + width);
      const changed = change(values, { feature, datatype: tensor.datatype, row, rows });
      if (changed?.length === width) for (const [offset, value] of changed.entries()) data[from + offset] = value;
    }
  }
  return { ...tensor, data };
}

/** What the request holds of a feature, row by row; empty when it holds nothing of it. */
export function cellsOf(request: ModelRequest, feature: DeclaredInput): readonly Cell[] {
  const tensor = request.inputs.find(({ name }) => name === feature.tensor);
  if (tensor === undefined) return [];
  const { rows, start, step, width } = placesOf(tensor, feature);
  return Array.from({ length: rows }, (_, row) => {
    const from = start + row * step;
    return { datatype: tensor.datatype, values: tensor.data.slice(from, from + width) };
  });
}

const nowhere: Places = { rows: 0, start: 0, step: 0, width: 0 };

/** One value in every row of a shared tensor; or the feature's own tensor, whose first dimension counts the rows. */
function placesOf(tensor: Tensor, feature: DeclaredInput): Places {
  const values = tensor.data.length;
  if (values === 0) return nowhere;
  if (feature.index !== null) {
    const step = widthOf(tensor);
    return feature.index < step ? { rows: Math.floor(values / step), start: feature.index, step, width: 1 } : nowhere;
  }
  const width = feature.size ?? (tensor.shape.length < 2 ? 1 : values / (tensor.shape[0] as number));
  const rows = values / width;
  return Number.isInteger(rows) && Number.isInteger(width) ? { rows, start: 0, step: width, width } : nowhere;
}

/** Columns of a row: the last dimension. */
export function widthOf(tensor: Tensor): number {
  return tensor.shape.at(-1) ?? 1;
}
