// Regression decision: a number in the declared unit. Its label is the number as text, so that truths can be compared later.
import type { Decision, Tensor } from '../../model.ts';
import { cellOf, type Decided, finiteNumber } from './decide.ts';

export function decideRegression(decision: Decision, tensor: Tensor): Decided {
  const found = cellOf(tensor, decision.column);
  if (typeof found === 'string') return found;
  const value = finiteNumber(found.value);
  if (typeof value === 'string') return value;
  return { kind: 'regression', label: String(value), scores: [], value, confidence: null };
}
