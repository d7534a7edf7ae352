// What reading a decision gives: a prediction, or a closed reason why there is none. Odd data is a value here, never an exception.
import type { Prediction, Tensor, TensorValue } from '../../model.ts';

export type DecisionProblem =
  /** The answer holds no tensor of the declared name. */
  | 'output_missing'
  /** The tensor's row has fewer columns than the declared one. */
  | 'column_missing'
  /** The tensor holds no values. */
  | 'empty'
  /** More than one row, or more than one value where one was declared. */
  | 'not_one_row'
  /** Text, or a missing value, where a number was declared. */
  | 'not_numeric'
  /** NaN or an infinity. */
  | 'not_finite'
  /** A number that no probability is, where the threshold says that the score is one. */
  | 'out_of_range'
  /** A boolean, or a number that is not whole (or too large to be exact), where the id of an item was declared. */
  | 'not_an_id'
  /** A number, a boolean or a missing value where text was declared. */
  | 'not_text'
  /** The decision's own declaration lacks what its kind needs. */
  | 'undeclared';

export type Decided = Prediction | DecisionProblem;

export function isPrediction(decided: Decided): decided is Prediction {
  return typeof decided !== 'string';
}

/** The single row of an answer: all values, when the shape says one row (or names no rows at all). */
export function rowOf(tensor: Tensor): readonly TensorValue[] | DecisionProblem {
  const { data } = tensor;
  if (!Array.isArray(data) || data.length === 0) return 'empty';
  return isOneRow(tensor) ? data : 'not_one_row';
}

export function isOneRow({ shape }: Tensor): boolean {
  const rows = Array.isArray(shape) && shape.length > 1 ? shape[0] : 1;
  return rows === 1;
}

/** The whole row as finite numbers. */
export function numbersOf(tensor: Tensor): readonly number[] | DecisionProblem {
  const row = rowOf(tensor);
  if (typeof row === 'string') return row;
  const numbers: number[] = [];
  for (const value of row) {
    const number = finiteNumber(value);
    if (typeof number === 'string') return number;
    numbers.push(number);
  }
  return numbers;
}

/** One value of the row: the declared column, or the only one. */
export function cellOf(tensor: Tensor, column: number | null): { value: TensorValue } | DecisionProblem {
  const row = rowOf(tensor);
  if (typeof row === 'string') return row;
  if (column === null && row.length !== 1) return 'not_one_row';
  const value = row[column ?? 0];
  return value === undefined ? 'column_missing' : { value };
}

/** A finite number out of a tensor's value. Booleans are 0 and 1; text is no number, even when it looks like one. */
export function finiteNumber(value: TensorValue | undefined): number | DecisionProblem {
  const number = typeof value === 'boolean' || typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number') return 'not_numeric';
  return Number.isFinite(number) ? number : 'not_finite';
}
