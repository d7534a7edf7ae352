// outdated: the values of an older version, entity by entity, as when a model meets embeddings that were computed before it.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { entitiesOf } from './entities.ts';
import { fitValues } from './fit-values.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { cellsOf, mapRows } from './places.ts';

const options = Type.Object(commonOptions, { additionalProperties: false });

/** An entity that the older version does not know keeps its value, as does one whose older vector has another length. */
export const outdated: Kind<typeof options, Perturbation> = {
  name: 'outdated',
  summary: 'Gives the value of an older version, read from the file that the input declares as `older`.',
  options,
  create: () => ({
    name: 'outdated',
    breaksShape: false,
    refuses: ({ older }) =>
      older === undefined
        ? 'it declares no older version, such as older: {file: embeddings-v1.jsonl, key: user_id}'
        : null,
    apply(request, { features, inputs }) {
      const entities = new Map(
        features.map((feature) => {
          const key = inputs.find(({ name }) => name === feature.older?.key);
          const rows = cellsOf(request, feature).length;
          return [feature, key === undefined ? [] : entitiesOf(request, { key, rows })];
        }),
      );
      return mapRows(request, {
        features,
        change(_, { feature, datatype, row }) {
          const entity = entities.get(feature)?.[row] ?? null;
          const values = entity === null ? undefined : feature.older?.values.get(entity);
          return values === undefined ? null : fitValues(values, datatype);
        },
      });
    },
  }),
};
