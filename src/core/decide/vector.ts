// Vector decision: an embedding, or any row of numbers that means something only as a whole. It has no label, so it cannot
// flip and no true outcome can be reported for it; how far two of them are apart is core/compare/distance/cosine.ts.
import type { Decision, Tensor } from '../../model.ts';
import { type Decided, numbersOf } from './decide.ts';

/** Every number of the row. O(length). */
export function decideVector(_decision: Decision, tensor: Tensor): Decided {
  const vector = numbersOf(tensor);
  if (typeof vector === 'string') return vector;
  return { kind: 'vector', label: '', scores: [], value: null, confidence: null, vector };
}
