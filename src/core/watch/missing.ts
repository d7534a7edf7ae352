// missing: a row lacks one of the features: absent from the message, null, or NaN.
// n = rows from the first on that held any of the features: a message that never holds them is no news about production, it is NO_DATA.
import { type Static, Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { featuresOption } from './features-option.ts';
import { countsOf, createWatch, heldValues, type Watch } from './watch.ts';

const options = Type.Object(featuresOption, { additionalProperties: false });

interface Memory {
  /** Whether any row ever held any of the features. */
  readonly hasSeen: boolean;
}

/** How a row stands. */
const [holdsNone, holdsSome, holdsAll] = [0, 1, 2];

export const missing: Kind<typeof options, Watch> = {
  name: 'missing',
  summary: 'At least one of the features is absent, null or NaN.',
  options,
  create: (_: Static<typeof options>) =>
    createWatch({
      name: 'missing',
      words: 'missing-feature rate',
      looksAt: 'inputs',
      counted: 'rows, from the first on that held any of the features',
      blind: 'they hold none of the features, and none before did',
      isOrdered: true,
      look: ({ features }) => {
        const held = features.filter((value) => isWhole(value)).length;
        if (held === features.length) return holdsAll;
        return features.some((value) => heldValues(value).length > 0) ? holdsSome : holdsNone;
      },
      start: (): Memory => ({ hasSeen: false }),
      fold: (memory, looks) => {
        const first = (memory as Memory).hasSeen ? 0 : looks.findIndex((look) => look !== holdsNone);
        const judged = first < 0 ? [] : looks.slice(first);
        const next: Memory = { hasSeen: first >= 0 };
        return { memory: next, counts: [countsOf(judged.map((look) => look !== holdsAll))] };
      },
    }),
};

/** A feature of many values is missing when one of them is. */
function isWhole(value: Parameters<typeof heldValues>[0]): boolean {
  const size = Array.isArray(value) ? value.length : 1;
  return size > 0 && heldValues(value).length === size;
}
