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
 * one request do not see each other. What is remembered is bounded: 10,000 entities of one feature, fewer of long vectors, the least
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
      apply(request, context) {
        const { features, memory, arrivedAt } = context;
        const names = new Map(features.map((feature) => [feature, namesOf(request, { feature, context })]));
        return mapRows(request, {
          features,
          change(_, { feature, datatype, row }) {
            const name = names.get(feature)?.[row] ?? null;
            const cell = name === null ? null : recall(memory.of(name), arrivedAt)?.cells[0];
            return cell?.datatype === datatype ? fitValues(cell.values, datatype) : null;
          },
        });
      },
      remember(request, context) {
        for (const [name, cell] of newestOf(request, context)) {
          context.memory.add(name, { at: context.arrivedAt, cells: [cell] }, kept);
        }
      },
    };
  },
};

/** One cell per feature and entity: the last row's. */
function newestOf(request: ModelRequest, context: PerturbationContext): ReadonlyMap<string, Cell> {
  const newest = new Map<string, Cell>();
  for (const feature of context.features) {
    const names = namesOf(request, { feature, context });
    for (const [row, cell] of cellsOf(request, feature).entries()) {
      const name = names[row] ?? null;
      if (name !== null) newest.set(name, cell);
    }
  }
  return newest;
}

/** What each row of a feature is remembered under; null for a row about nobody. */
function namesOf(
  request: ModelRequest,
  { feature, context: { key } }: { feature: DeclaredInput; context: PerturbationContext },
): readonly (string | null)[] {
  const entities = entitiesOf(request, { key, rows: cellsOf(request, feature).length });
  return entities.map((entity) => (entity === null ? null : `${feature.name}\u0000${entity}`));
}
