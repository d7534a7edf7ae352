// Binary decision: one score against a threshold; the label is "true" above it and "false" at or below. A threshold between 0 and 1 says
// that the score is a probability, and a score that is none is no answer: 7 must not pass as a confident yes.
import type { Decision, Tensor } from '../../model.ts';
import { cellOf, type Decided, finiteNumber } from './decide.ts';

/** @example a score of 0.8 under the threshold 0.5 gives label "true", scores [0.8], confidence 0.8 */
export function decideBinary(decision: Decision, tensor: Tensor): Decided {
  if (decision.threshold === null || !Number.isFinite(decision.threshold)) return 'undeclared';
  const found = cellOf(tensor, decision.column);
  if (typeof found === 'string') return found;
  const score = finiteNumber(found.value);
  if (typeof score === 'string') return score;
  if (isProbability(decision) && !(score >= -rounding && score <= 1 + rounding)) return 'out_of_range';
  const isAbove = score > decision.threshold;
  return {
    kind: 'binary',
    label: String(isAbove),
    scores: [score],
    value: null,
    confidence: score >= 0 && score <= 1 ? (isAbove ? score : 1 - score) : null,
  };
}

/** What single precision may add to 1 or take from 0. */
const rounding = 1e-6;

function isProbability({ threshold }: Decision): boolean {
  return threshold !== null && threshold > 0 && threshold < 1;
}
