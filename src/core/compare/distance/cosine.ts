// Cosine distance, 1 − cos of the angle between two vectors: 0 for one direction whatever the lengths, 1 at a right angle, 2
// for opposite directions. For embeddings, which are used by their direction.

/**
 * As ‖u − v‖² / 2 of the unit vectors u and v, which is the same number without the cancellation of 1 − cos for small angles:
 * equal vectors are exactly 0. Each vector is divided by its largest entry first, so that neither huge nor tiny ones overflow.
 * Two zero vectors are 0 apart, a zero vector and another 1, as are vectors of different length. Finite numbers assumed. O(length).
 *
 * @example cosineDistance([1, 0], [1, 1]) // 1 − 1/√2 = 0.2929
 */
export function cosineDistance(first: readonly number[], second: readonly number[]): number {
  if (first.length !== second.length) return 1;
  const one = measure(first);
  const other = measure(second);
  if (one === null || other === null) return one === other ? 0 : 1;
  let sum = 0;
  for (let index = 0; index < first.length; index++) {
    const atOne = (first[index] as number) / one.largest / one.norm;
    const atOther = (second[index] as number) / other.largest / other.norm;
    sum += (atOne - atOther) ** 2;
  }
  return Math.min(2, sum / 2);
}

/** The largest magnitude, and the Euclidean norm of the vector divided by it; null for a zero vector. */
function measure(vector: readonly number[]): { largest: number; norm: number } | null {
  let largest = 0;
  for (const entry of vector) largest = Math.max(largest, Math.abs(entry));
  if (largest === 0) return null;
  let squares = 0;
  for (const entry of vector) squares += (entry / largest) ** 2;
  return { largest, norm: Math.sqrt(squares) };
}
