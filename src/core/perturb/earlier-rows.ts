// The rows that an entity had before, by requests or by age: what stale and skew look back at, kept in an arm's memory.
import { Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { ModelRequest } from '../../model.ts';
import type { DeclaredInput } from './declared-input.ts';
import { entitiesOf } from './entities.ts';
import type { Memory, Remembered } from './memory.ts';
import type { PerturbationContext } from './perturbation.ts';
import { type Cell, cellsOf } from './places.ts';

/** Whose row, and from when. */
export const earlierRowOptions = {
  key: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'the declared input that names the entity; without it all requests are about one, as for a weather feed',
    }),
  ),
  requests: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      description: 'the value as it was this many requests of the entity ago',
    }),
  ),
  ageMs: Type.Optional(
    Type.Number({ minimum: 1, description: 'the value as it was this long ago, by arrival, to a 32nd of it' }),
  ),
};

/** An age is kept in this many steps, so that a busy entity costs no more than a quiet one. */
const stepsOfAge = 32;

export interface EarlierRows {
  /** The row an entity had then; undefined while it has no such past. */
  rowOf(entity: string, options: { memory: Memory; arrivedAt: number }): Remembered | undefined;
  remember(request: ModelRequest, context: PerturbationContext): void;
}

/**
 * Of a batch with several rows of one entity the last counts, and the rows of one request do not see each other.
 * @throws PenumbraError CONFIG_INVALID unless exactly one of `requests` and `ageMs` is given; `name` is the kind's, for the message
 */
export function createEarlierRows(
  name: string,
  { requests, ageMs }: { readonly requests?: number | undefined; readonly ageMs?: number | undefined },
): EarlierRows {
  if ((requests === undefined) === (ageMs === undefined)) {
    throw new PenumbraError('CONFIG_INVALID', `${name} requires either requests or age`);
  }
  const kept = ageMs === undefined ? { depth: requests ?? 1 } : { depth: stepsOfAge + 2, everyMs: ageMs / stepsOfAge };
  return {
    rowOf: (entity, { memory, arrivedAt }) => {
      const past = memory.of(entity);
      return ageMs === undefined
        ? past[past.length - (requests ?? 1)]
        : past.findLast(({ at }) => at <= arrivedAt - ageMs);
    },
    remember: (request, context) => {
      for (const [entity, cells] of newestOf(request, context)) {
        context.memory.add(entity, { at: context.arrivedAt, cells }, kept);
      }
    },
  };
}

/** What each entity holds now: the cells of its last row, in the order of the features. */
function newestOf(
  request: ModelRequest,
  { features, key }: PerturbationContext,
): ReadonlyMap<string, readonly (Cell | null)[]> {
  const newest = new Map<string, (Cell | null)[]>();
  const entities = entitiesByRows(request, key);
  for (const [place, feature] of features.entries()) {
    const cells = cellsOf(request, feature);
    const names = entities(cells.length);
    for (const [row, cell] of cells.entries()) {
      const entity = names[row] ?? null;
      if (entity === null) continue;
      const held = newest.get(entity) ?? features.map(() => null);
      held[place] = cell;
      newest.set(entity, held);
    }
  }
  return newest;
}

/** The entities for a number of rows, read once: features of one request nearly always have the same. */
export function entitiesByRows(
  request: ModelRequest,
  key: DeclaredInput | null,
): (rows: number) => readonly (string | null)[] {
  const known = new Map<number, readonly (string | null)[]>();
  return (rows) => {
    const entities = known.get(rows) ?? entitiesOf(request, { key, rows });
    known.set(rows, entities);
    return entities;
  };
}
