// stale: the value that the same entity had some requests or some time ago, as from a cache that is not refreshed.
import { Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createEarlierRows, earlierRowOptions, entitiesByRows } from './earlier-rows.ts';
import { fitValues } from './fit-values.ts';
import { commonOptions, type Perturbation } from './perturbation.ts';
import { mapRows } from './places.ts';

const options = Type.Object({ ...commonOptions, ...earlierRowOptions }, { additionalProperties: false });

/**
 * An entity that was not seen that long ago keeps its value. What is remembered is bounded: 10,000 entities, fewer of long vectors, the
 * least recently seen forgotten first.
 */
export const stale: Kind<typeof options, Perturbation> = {
  name: 'stale',
  summary: 'Gives the value that the same entity had some requests, or some time, ago.',
  options,
  create({ key, requests, ageMs }) {
    const earlier = createEarlierRows('stale', { requests, ageMs });
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
            const cell = earlier.rowOf(entity, { memory, arrivedAt })?.cells[features.indexOf(feature)];
            return cell?.datatype === datatype ? fitValues(cell.values, datatype) : null;
          },
        });
      },
      remember: earlier.remember,
    };
  },
};
