// stale: the value that the same entity had some requests or some time ago, as from a cache that is not refreshed.
import { Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { ModelRequest } from '../../model.ts';
import type { Kind } from '../kind.ts';
import type { DeclaredInput } from './declared-input.ts';
import { entitiesOf } from './entities.ts';
import { fitValues } from './fit-values.ts';
import type { Remembered } from './memory.ts';
import { commonOptions, type Perturbation, type PerturbationContext } from './perturbation.ts';
import { type Cell, cellsOf, mapRows } from './places.ts';

const options = Type.Object(
  {
    ...commonOptions,
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
  },
  { additionalProperties: false },
);

/** An age is kept in this many steps, so that a busy entity costs no more than a quiet one. */
const stepsOfAge = 32;

/**
 * An entity that was not seen that long ago keeps its value. Of a batch with several rows of one entity the last counts, and the rows of
 * one request do not see each other. What is remembered is bounded: 10,000 entities, fewer of long vectors, the least
 * recently seen forgotten first.
 */
export const stale: Kind<typeof options, Perturbation> = {
  name: 'stale',
  summary: 'Gives the value that the same entity had some requests, or some time, ago.',
  options,
  create({ key, requests, ageMs }) {
    if ((requests === undefined) === (ageMs === undefined)) {
      throw new PenumbraError('CONFIG_INVALID', 'stale requires either requests or age');
    }
    const kept =
      ageMs === undefined ? { depth: requests ?? 1 } : { depth: stepsOfAge + 2, everyMs: ageMs / stepsOfAge };
    const recall = (past: readonly Remembered[], arrivedAt: number): Remembered | undefined =>
      ageMs === undefined ? past[past.length - (requests ?? 1)] : past.findLast(({ at }) => at <= arrivedAt - ageMs);
    return {
      name: 'stale',
      breaksShape: false,
      key,
      refuses: (feature) => (feature.name === key ? 'it names the entity' : null),
      apply(request, { features, key: keyInput, memory, arrivedAt }) {
        const entities = entitiesByRows(request, keyInput);
        return mapRows(request, {
          features,
          change(_, { feature, datatype, row, rows }) {
            const entity = entities(rows)[row] ?? null;
            if (entity === null) return null;
            const cell = recall(memory.of(entity), arrivedAt)?.cells[features.indexOf(feature)];
            return cell?.datatype === datatype ? fitValues(cell.values, datatype) : null;
          },
        });
      },
      remember(request, context) {
        for (const [entity, cells] of newestOf(request, context)) {
          context.memory.add(entity, { at: context.arrivedAt, cells }, kept);
        }
      },
    };
  },
};

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
function entitiesByRows(
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
