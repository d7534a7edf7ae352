// permute: another request's value, as after a join on the wrong row. Every value is an ordinary one, only not this request's:
// what the model loses is what the feature says about this request.
import { Type } from 'typebox';
import type { ModelRequest } from '../../model.ts';
import type { Kind } from '../kind.ts';
import type { DeclaredInput } from './declared-input.ts';
import { fitValues } from './fit-values.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { type Cell, cellsOf, mapRows } from './places.ts';

const options = Type.Object(
  {
    ...commonOptions,
    pool: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 256,
      description: 'how many of the latest rows the value may come from',
    }),
  },
  { additionalProperties: false },
);

const everybody = '';

/** All features of one row come from the same earlier row. The first requests, before anything is remembered, stay as they are. */
export const permute: Kind<typeof options, Perturbation> = {
  name: 'permute',
  summary: 'Gives the value of another, earlier request; several features come from the same one.',
  options,
  create: ({ pool = 256 }) => ({
    name: 'permute',
    breaksShape: false,
    refuses: () => null,
    apply(request, { features, memory, random }) {
      const donors = memory.of(everybody);
      if (donors.length === 0) return request;
      const drawn = rowsOf(request, features).map(() => donors[Math.floor(random.uniform() * donors.length)]);
      return mapRows(request, {
        features,
        change(_, { feature, datatype, row }) {
          const cell = drawn[row]?.cells[features.indexOf(feature)];
          return cell?.datatype === datatype ? fitValues(cell.values, datatype) : null;
        },
      });
    },
    remember(request, { features, memory, arrivedAt }) {
      for (const cells of rowsOf(request, features)) memory.add(everybody, { at: arrivedAt, cells }, { depth: pool });
    },
  }),
};

/** The cells of every row, in the order of the features; null where a feature has no such row. */
function rowsOf(request: ModelRequest, features: readonly DeclaredInput[]): readonly (readonly (Cell | null)[])[] {
  const columns = features.map((feature) => cellsOf(request, feature));
  const rows = Math.max(0, ...columns.map(({ length }) => length));
  return Array.from({ length: rows }, (_, row) => columns.map((cells) => cells[row] ?? null));
}
