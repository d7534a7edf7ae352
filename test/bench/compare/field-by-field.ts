// Diffy's way of comparing, written after its description: production's and the arm's answers as JSON, field by field, each field that
// differs counted under its path, beside the same between production and a second instance of it, which is what it calls noise. Its own
// program has no part that takes two given answers, so this is its way and not its speed.
import { productionAnswerTo, shadowAnswerNumbered } from './exchanges.ts';

type Counts = Map<string, number>;

/** The paths at which the two differ, counted; a field that one of them lacks differs too. */
function countDifferences(one: unknown, other: unknown, { path, counts }: { path: string; counts: Counts }): void {
  if (!isBranch(one) || !isBranch(other)) {
    if (one !== other) counts.set(path, (counts.get(path) ?? 0) + 1);
    return;
  }
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
    countDifferences(one[key], other[key], { path: `${path}.${key}`, counts });
  }
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Pairs per second of one thread's CPU. */
export function fieldByFieldSpeed(pairs: number): number {
  const [raw, noise]: [Counts, Counts] = [new Map(), new Map()];
  const compare = (from: number, until: number): void => {
    for (let count = from; count < until; count++) {
      const [primary, secondary] = [productionAnswerTo(count), productionAnswerTo(count)].map(parsed);
      countDifferences(primary, parsed(shadowAnswerNumbered(count)), { path: '', counts: raw });
      countDifferences(primary, secondary, { path: '', counts: noise });
    }
  };
  compare(0, Math.ceil(pairs / 4));
  const before = process.cpuUsage();
  compare(0, pairs);
  const { user, system } = process.cpuUsage(before);
  if (raw.size === 0 || noise.size > 0) throw new Error('the table of answers says something else than it did');
  return pairs / ((user + system) / 1e6);
}

const parsed = (body: Uint8Array): unknown =>
  JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString());
