// How far apart two rankings are: 1 − average overlap, the intersection metric of Fagin, Kumar and Sivakumar, "Comparing top k
// lists" (SIAM Journal on Discrete Mathematics 17(1), 2003). The first places weigh most, since every depth holds them.

/**
 * At each depth 1 … k the share of items that both lists hold so far; the distance is 1 − the mean over the depths. k is the
 * length of the longer list, so that what one list lacks counts as disagreement there: a service that returns two items where
 * another returns ten has not agreed on ten. An item that stands twice counts once. Two empty lists are 0 apart. O(k).
 *
 * @example averageOverlapDistance(['a', 'b'], ['b', 'a']) // 1 − (0/1 + 2/2) / 2 = 0.5
 */
export function averageOverlapDistance(first: readonly string[], second: readonly string[]): number {
  const ones = [...new Set(first)];
  const others = [...new Set(second)];
  const depths = Math.max(ones.length, others.length);
  const seen = new Set<string>();
  let shared = 0;
  let missing = 0;
  for (let depth = 1; depth <= depths; depth++) {
    for (const item of [ones[depth - 1], others[depth - 1]]) {
      if (item === undefined) continue;
      if (seen.has(item)) shared += 1;
      else seen.add(item);
    }
    missing += 1 - shared / depth;
  }
  return depths === 0 ? 0 : missing / depths;
}
