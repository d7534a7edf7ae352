// unseen-category: a feature has a value that is not among its declared ones, or that did not occur in the window it was learned from.
// A feature with more than a thousand values in the window is an identifier, not a category, and is left out.
// n = rows that hold at least one of the features with known values.
import { type Static, Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { featuresOption } from './features-option.ts';
import { createLearning, learnOption, windowOf } from './learn.ts';
import { createWatch, heldValues, type Trait, type Watch } from './watch.ts';

const options = Type.Object(
  {
    ...featuresOption,
    known: Type.Record(Type.String(), Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()])), {
      default: {},
      examples: [{ carrier: ['AA', 'UA'] }],
      description: 'the values of a feature by its name, such as {carrier: [AA, UA]}; others are learned',
    }),
    learn: learnOption({ default: '1000 requests' }),
  },
  { additionalProperties: false },
);

const mostCategories = 1000;

/** By feature; null: too many to be categories. */
type Known = readonly (readonly string[] | null)[];

export const unseenCategory: Kind<typeof options, Watch> = {
  name: 'unseen-category',
  summary: 'At least one of the features has a value that is neither declared nor occurred in the window learned from.',
  options,
  create: ({ known, learn }: Static<typeof options>) =>
    createWatch({
      name: 'unseen-category',
      words: 'unseen-category rate',
      looksAt: 'inputs',
      counted: 'rows that hold at least one of the features',
      blind: 'they hold none of the features, or the features have too many values to be categories',
      usesInput: ({ name, type }) => type === 'string' || type === 'boolean' || Object.hasOwn(known, name),
      whyUnfit: ({ features }) => {
        const names = features.map(({ name }) => name);
        const stranger = Object.keys(known).find((name) => !names.includes(name));
        return stranger === undefined
          ? null
          : { option: 'known', why: `names "${stranger}", which this line does not look at` };
      },
      look: ({ features }) => {
        const held = features.map((value) => heldValues(value).map(String));
        return held.every((values) => values.length === 0) ? null : held;
      },
      ...createLearning<Known, Known>({
        window: windowOf(learn),
        begin: ({ features }) => features.map(() => []),
        absorb,
        freeze: (notes, { features }) =>
          features.map(({ name }, index) => {
            const declared = Object.hasOwn(known, name) ? known[name]?.map(String) : undefined;
            return declared ?? notes[index] ?? null;
          }),
        sides: (_reference, { tolerance }) => [{ words: null, tolerance }],
        judge: (reference) => (look) => judge(reference, look),
      }),
    }),
};

function absorb(notes: Known, looks: readonly Trait[]): Known {
  return notes.map((known, index) => {
    if (known === null) return null;
    const all = new Set(known);
    for (const look of looks) for (const value of valuesAt(look, index)) all.add(value);
    return all.size > mostCategories ? null : [...all];
  });
}

function judge(reference: Known, look: Trait): readonly boolean[] | null {
  let asked = false;
  for (const [index, known] of reference.entries()) {
    const values = valuesAt(look, index);
    if (known === null || values.length === 0) continue;
    asked = true;
    if (values.some((value) => !known.includes(value))) return [true];
  }
  return asked ? [false] : null;
}

function valuesAt(look: Trait, index: number): readonly string[] {
  return ((look as readonly Trait[])[index] ?? []) as readonly string[];
}
