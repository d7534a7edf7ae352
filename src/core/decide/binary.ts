// Binary decision: one score against a threshold; the label is "true" above it and "false" at or below.
import type { Decision, Tensor } from '../../model.ts';
import { cellOf, type Decided, finiteNumber } from './decide.ts';

/** @example a score of 0.8 under the threshold 0.5 gives label "true", scores [0.8], confidence 0.8 */
export function decideBinary(decision: Decision, tensor: Tensor): Decided {
  if (decision.threshold === null || !Number.isFinite(decision.threshold)) return 'undeclared';
  const found = cellOf(tensor, decision.column);
  if (typeof found === 'string') return found;
  const score = finiteNumber(found.value);
  if (typeof score === 'string') return score;
  const isAbove = score > decision.threshold;
  const isProbability = score >= 0 && score <= 1;
  return {
    kind: 'binary',
    label: String(isAbove),
    scores: [score],
    value: null,
    confidence: isProbability ? (isAbove ? score : 1 - score) : null,
  };
}
