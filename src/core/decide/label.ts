// Label decision: the answer holds nothing but the decision itself, as text, integer or boolean.
import type { Decision, Tensor, TensorValue } from '../../model.ts';
import { cellOf, type Decided } from './decide.ts';

/** The label is the value as text: 3, 3n and "3" are one label; true is "true". */
export function decideLabel(decision: Decision, tensor: Tensor): Decided {
  const found = cellOf(tensor, decision.column);
  if (typeof found === 'string') return found;
  if (found.value === null) return 'empty';
  if (typeof found.value === 'number' && !Number.isFinite(found.value)) return 'not_finite';
  return { kind: 'label', label: labelText(found.value), scores: [], value: null, confidence: null };
}

/** One text per label, whatever type carried it. */
export function labelText(value: Exclude<TensorValue, null>): string {
  return String(value);
}
