// stale: the value that the same entity had some requests or some time ago, as from a cache that is not refreshed.
import { Type } from 'typebox';
import { PenumbraError } from '../../errors.ts';
import type { Kind } from '../kind.ts';
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
        description: 'the declared input that names the entity; without it all requests are about one, as for a weather feed',
      }),
    ),
    requests: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100, description: 'the value as it was this many requests of the entity ago' }),
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
 * An entity that was not seen that long ago keeps its value. Of a batch with several rows of one entity the last counts, and the rows of one
 * request do not see each other. At most 10,000 entities per feature list are remembered, the least recently seen forgotten first.
 */
export const stale: Kind<typeof options, Perturbation> = {
  name: 'stale',
  summary: 'Gives the value that the same entity had some requests, or some time, ago.',
  options,
  create({ key, requests, ageMs }) {
    if ((requests === undefined) === (ageMs === undefined)) {
      throw new PenumbraError('CONFIG_INVALID', 'stale requires either requests or age');
    }
    const kept = ageMs === undefined ? { depth: requests ?? 1 } : { depth: stepsOfAge + 2, everyMs: ageMs / stepsOfAge };
    const recall = (past: readonly Remembered[], arrivedAt: number): Remembered | undefined =>
      ageMs === undefined
        ? past[past.length - (requests ?? 1)]
        : past.findLast(({ at }) => at <= arrivedAt - ageMs);
    return {
      name: 'stale',
      breaksShape: false,
      key,
      refuses: (feature) => (feature.name === key ? 'it names the entity' : null),
      apply: (request, { features, key: keyInput, memory, arrivedAt }) =>
        mapRows(request, {
          features,
          change(_, { feature, datatype, row, rows }) {
            const entity = entitiesOf(request, { key: keyInput, rows })[row] ?? null;
            if (entity === null) return null;
            const cell = recall(memory.of(`${feature.name}\u0000${entity}`), arrivedAt)?.cells[0];
            return cell?.datatype === datatype ? fitValues(cell.values, datatype) : null;
          },
        }),
      remember(request, context) {
        for (const [name, cell] of newestOf(request, context)) {
          context.memory.add(name, { at: context.arrivedAt, cells: [cell] }, kept);
        }
      },
    };
  },
};

/** One cell per feature and entity: the last row's. */
function newestOf(
  request: Parameters<Perturbation['apply']>[0],
  { features, key }: PerturbationContext,
): ReadonlyMap<string, Cell> {
  const newest = new Map<string, Cell>();
  for (const feature of features) {
    const cells = cellsOf(request, feature);
    const entities = entitiesOf(request, { key, rows: cells.length });
    for (const [row, cell] of cells.entries()) {
      const entity = entities[row] ?? null;
      if (entity !== null) newest.set(`${feature.name}\u0000${entity}`, cell);
    }
  }
  return newest;
}
