// Who each row of a request is about: the value of a declared key input.
import type { ModelRequest } from '../../model.ts';
import type { DeclaredInput } from './declared-input.ts';
import { cellsOf } from './places.ts';

/** One name per row; null for a row whose key is missing, and for all when the keys are not one per row. Without a key all are one. */
export function entitiesOf(
  request: ModelRequest,
  { key, rows }: { key: DeclaredInput | null; rows: number },
): readonly (string | null)[] {
  if (key === null) return new Array<string>(rows).fill('');
  const cells = cellsOf(request, key);
  return Array.from({ length: rows }, (_, row) => {
    const value = cells.length === rows ? (cells[row]?.values[0] ?? null) : null;
    return value === null || Number.isNaN(value) ? null : String(value);
  });
}
