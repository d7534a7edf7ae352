// What an arm's perturbations remember of earlier requests: per entity, bounded, the least recently seen entity forgotten first.
// It learns from every request that the arm's plan sees, perturbed or not, so that the same requests in the same order
// always meet the same memory.
import type { Cell } from './places.ts';

/** What one request held; `cells` are in the order of the features, null for one that it lacked. */
export interface Remembered {
  /** The request's `arrivedAt`. */
  readonly at: number;
  readonly cells: readonly (Cell | null)[];
}

export interface Memory {
  /** The oldest first; empty for an entity that is not known (any more). */
  of(entity: string): readonly Remembered[];
  /** Keeps the newest `depth`, and of those within `everyMs` of the last kept one nothing. */
  add(entity: string, remembered: Remembered, options: { depth: number; everyMs?: number }): void;
}

interface Known {
  readonly kept: Remembered[];
  weight: number;
}

/** `maxValues` counts numbers; eight characters of text weigh as much as one. */
export function createMemory({ maxEntities = 10_000, maxValues = 2_000_000 } = {}): Memory {
  // A Map keeps its order of insertion: the first is the one not seen for the longest time.
  const entities = new Map<string, Known>();
  let weight = 0;
  return {
    of: (entity) => entities.get(entity)?.kept ?? [],
    add(entity, remembered, { depth, everyMs = 0 }) {
      const known = entities.get(entity) ?? { kept: [], weight: 0 };
      weight -= known.weight;
      keep(known, remembered, { depth, everyMs });
      weight += known.weight;
      entities.delete(entity);
      entities.set(entity, known);
      for (const [oldest, { weight: freed }] of entities) {
        if (entities.size <= maxEntities && weight <= maxValues) break;
        entities.delete(oldest);
        weight -= freed;
      }
    },
  };
}

function keep(known: Known, remembered: Remembered, { depth, everyMs }: { depth: number; everyMs: number }): void {
  const last = known.kept.at(-1);
  if (last !== undefined && remembered.at < last.at + everyMs) return;
  known.kept.push(remembered);
  known.weight += weightOf(remembered);
  while (known.kept.length > depth) {
    const forgotten = known.kept.shift();
    if (forgotten !== undefined) known.weight -= weightOf(forgotten);
  }
}

function weightOf({ cells }: Remembered): number {
  let total = 1;
  for (const cell of cells) {
    for (const value of cell?.values ?? []) total += typeof value === 'string' ? 1 + value.length / 8 : 1;
  }
  return total;
}
