// Reads the decisions of every row of a batch. Rows stand along the first dimension of every output, in the request's order.
import type { Decision, ModelAnswer, Predictions, Tensor } from '../../model.ts';
import { predictAll } from './index.ts';

/**
 * One entry per asked row: its predictions, or null where the answer has no such row or it cannot be read. Total. O(size of the answer).
 */
export function predictRows(
  decisions: readonly Decision[],
  { answer, rows }: { readonly answer: ModelAnswer; readonly rows: number },
): readonly (Predictions | null)[] {
  const wanted = new Set(decisions.map(({ output }) => output));
  const outputs = answer.outputs.filter(({ name }) => wanted.has(name));
  return Array.from({ length: rows }, (_, row) => {
    const rowOutputs = outputs.flatMap((tensor) => rowOf(tensor, row) ?? []);
    const read = predictAll(decisions, { ...answer, outputs: rowOutputs });
    return 'problem' in read ? null : read.predictions;
  });
}

/** One row as a tensor of its own; null where the tensor has no such row, or no rows at all. */
function rowOf(tensor: Tensor, row: number): Tensor | null {
  const [count = 0, ...rest] = tensor.shape;
  const width = tensor.data.length / count;
  if (row >= count || !Number.isInteger(width)) return null;
  return { ...tensor, shape: [1, ...rest], data: tensor.data.slice(row * width, (row + 1) * width) };
}
