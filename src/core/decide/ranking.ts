// Ranking decision: the ids of items in order, the best first; the first `top` of them count. The label is the first id.
// An empty ranking ("nothing found") is an answer like any other, with an empty label.
import type { Decision, Tensor, TensorValue } from '../../model.ts';
import { type Decided, type DecisionProblem, isOneRow } from './decide.ts';

/**
 * Ids are text or whole numbers, compared as text: 3, 3n and "3" are one item. An id that stands twice counts at its first
 * place only. A missing value or an empty text is an empty place, as services pad short rows, and is passed over. O(length).
 *
 * @example [7, 3, 7, 9] with top: 2 gives items ["7", "3"], label "7"
 */
export function decideRanking({ top }: Decision, tensor: Tensor): Decided {
  if (top === undefined || !Number.isSafeInteger(top) || top < 1) return 'undeclared';
  if (!Array.isArray(tensor.data)) return 'empty';
  if (!isOneRow(tensor)) return 'not_one_row';
  const items = new Set<string>();
  for (const value of tensor.data as readonly (TensorValue | undefined)[]) {
    if (items.size === top) break;
    if (value === null || value === undefined || value === '') continue;
    const id = idOf(value);
    if ('problem' in id) return id.problem;
    items.add(id.text);
  }
  const [first = ''] = items;
  return { kind: 'ranking', label: first, scores: [], value: null, confidence: null, items: [...items] };
}

function idOf(value: Exclude<TensorValue, null>): { text: string } | { problem: DecisionProblem } {
  if (typeof value === 'string' || typeof value === 'bigint') return { text: String(value) };
  if (typeof value !== 'number') return { problem: 'not_an_id' };
  if (!Number.isFinite(value)) return { problem: 'not_finite' };
  return Number.isSafeInteger(value) ? { text: String(value) } : { problem: 'not_an_id' };
}
