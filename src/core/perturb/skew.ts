// skew: some features come from the entity's earlier row and the others from today's, as from a row that was read while it was being
// written, or from two tables of which one is behind. Each value was right once; together they never were.
import { Type } from 'typebox';
import type { ModelRequest, TensorValue } from '../../model.ts';
import type { Kind } from '../kind.ts';
import type { Random } from '../random.ts';
import type { DeclaredInput } from './declared-input.ts';
import { createEarlierRows, type EarlierRows, earlierRowOptions, entitiesByRows } from './earlier-rows.ts';
import { fitValues } from './fit-values.ts';
import { commonOptions, type Perturbation, type PerturbationContext } from './perturbation.ts';
import { cellsOf, mapRows } from './places.ts';

const options = Type.Object({ ...commonOptions, ...earlierRowOptions }, { additionalProperties: false });

/**
 * Which features are the earlier ones is drawn per request, and of those that changed since it is never all and never none: a row of
 * which fewer than two changed has no two versions to mix, and stays.
 */
export const skew: Kind<typeof options, Perturbation> = {
  name: 'skew',
  summary: 'Mixes two versions of an entity’s row: some of the features are as they were before, the others as now.',
  options,
  create({ key, requests, ageMs }) {
    const earlier = createEarlierRows('skew', { requests, ageMs });
    return {
      name: 'skew',
      breaksShape: false,
      key,
      refuses: (feature) => (feature.name === key ? 'it names the entity' : null),
      refusesTogether: ({ length }) => (length < 2 ? `requires at least two features, got ${length}` : null),
      apply: (request, context) => {
        const mix = mixOf(request, { context, earlier });
        return mapRows(request, {
          features: context.features,
          change: (_, { feature, row }) => mix[row]?.get(feature) ?? null,
        });
      },
      remember: earlier.remember,
    };
  },
};

type Earlier = ReadonlyMap<DeclaredInput, readonly TensorValue[]>;

/** By row, the features that are to be as they were, with what they were. */
function mixOf(
  request: ModelRequest,
  { context, earlier }: { readonly context: PerturbationContext; readonly earlier: EarlierRows },
): readonly Earlier[] {
  const { features, key, memory, arrivedAt, random } = context;
  const columns = new Map(features.map((feature) => [feature, cellsOf(request, feature)]));
  const rows = Math.max(...[...columns.values()].map(({ length }) => length));
  const entities = entitiesByRows(request, key);
  const order = shuffled(features, random);
  const place = random.uniform();
  return Array.from({ length: rows }, (_, row): Earlier => {
    const changed = order.flatMap((feature): [DeclaredInput, readonly TensorValue[]][] => {
      const cells = columns.get(feature) ?? [];
      const [now, entity] = [cells[row], entities(cells.length)[row] ?? null];
      if (now === undefined || entity === null) return [];
      const before = earlier.rowOf(entity, { memory, arrivedAt })?.cells[features.indexOf(feature)];
      const values = before?.datatype === now.datatype ? fitValues(before.values, now.datatype) : null;
      return values === null || isSame(values, now.values) ? [] : [[feature, values]];
    });
    if (changed.length < 2) return new Map();
    return new Map(changed.slice(0, 1 + Math.floor(place * (changed.length - 1))));
  });
}

/** Of another length it could not be put in: that is no change either. */
function isSame(one: readonly TensorValue[], other: readonly TensorValue[]): boolean {
  return one.length !== other.length || one.every((value, index) => Object.is(value, other[index]));
}

/** Every order as likely (Fisher–Yates). */
function shuffled(features: readonly DeclaredInput[], random: Random): readonly DeclaredInput[] {
  const order = [...features];
  for (let last = order.length - 1; last > 0; last--) {
    const drawn = Math.floor(random.uniform() * (last + 1));
    [order[last], order[drawn]] = [order[drawn] as DeclaredInput, order[last] as DeclaredInput];
  }
  return order;
}
