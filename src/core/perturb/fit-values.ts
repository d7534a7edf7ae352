// Puts values that stood elsewhere (another feature, another request, a file) into a tensor: only where its datatype can hold
// them, so that what comes out is a valid tensor.
import type { Datatype, TensorValue } from '../../model.ts';
import { fitNumber, isFiniteNumber } from './fit-number.ts';

/** Whether the tensor is one of numbers that may be missing or infinite. */
export function isFloat(datatype: Datatype): boolean {
  return datatype === 'FP16' || datatype === 'FP32' || datatype === 'FP64';
}

/** The values as this datatype writes them; null when one of them cannot be written so. */
export function fitValues(values: readonly TensorValue[], datatype: Datatype): readonly TensorValue[] | null {
  const fitted = values.map((value) => (canHold(datatype, value) ? fitValue(value, datatype) : undefined));
  return fitted.includes(undefined) ? null : (fitted as TensorValue[]);
}

function canHold(datatype: Datatype, value: TensorValue): boolean {
  if (datatype === 'BYTES') return typeof value === 'string';
  if (datatype === 'BOOL') return typeof value === 'boolean';
  if (isFloat(datatype) && (value === null || typeof value === 'number')) return true;
  return isFiniteNumber(value);
}

function fitValue(value: TensorValue, datatype: Datatype): TensorValue {
  return isFiniteNumber(value) ? fitNumber(value, datatype) : value;
}
