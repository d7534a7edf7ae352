// Text decision: one text, as written by a language model, a translation or a recogniser.
import type { Decision, Tensor } from '../../model.ts';
import { cellOf, type Decided } from './decide.ts';
import { labelOfText, normalText } from './normal-text.ts';

/** Texts are compared as normalText leaves them. An empty text is an answer like any other. O(length). */
export function decideText(decision: Decision, tensor: Tensor): Decided {
  const found = cellOf(tensor, decision.column);
  if (typeof found === 'string') return found;
  if (typeof found.value !== 'string') return 'not_text';
  const text = normalText(found.value);
  return { kind: 'text', label: labelOfText(text), scores: [], value: null, confidence: null, text };
}
