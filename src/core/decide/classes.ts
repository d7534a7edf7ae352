// Class decision: one score per class; the label is the index of the largest (the first of equals), as text.
import type { Decision, Tensor } from '../../model.ts';
import { type Decided, numbersOf } from './decide.ts';

/**
 * Reads the whole row as scores. Confidence is the winning score when the scores are probabilities (in [0, 1], summing to 1
 * within 0.001); logits have none.
 */
export function decideClasses(_decision: Decision, tensor: Tensor): Decided {
  const scores = numbersOf(tensor);
  if (typeof scores === 'string') return scores;
  let winner = 0;
  for (let index = 1; index < scores.length; index++) {
    if ((scores[index] as number) > (scores[winner] as number)) winner = index;
  }
  const confidence = areProbabilities(scores) ? (scores[winner] as number) : null;
  return { kind: 'classes', label: String(winner), scores, value: null, confidence };
}

function areProbabilities(scores: readonly number[]): boolean {
  let sum = 0;
  for (const score of scores) {
    if (score < 0 || score > 1) return false;
    sum += score;
  }
  return Math.abs(sum - 1) <= 0.001;
}
