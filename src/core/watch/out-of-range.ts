// out-of-range: a feature's value lies outside its declared range, or outside the range that was learned. A learned range is that of
// the window, widened by half of its width on either side: the next value beyond the largest of a thousand is no incident.
// n = rows that hold at least one of the features as a number.
import { type Static, Type } from 'typebox';
import type { InputFeature } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { featuresOption } from './features-option.ts';
import { createLearning, learnOption, windowOf } from './learn.ts';
import { createWatch, type FeatureValue, heldValues, type Watch } from './watch.ts';

const options = Type.Object(
  { ...featuresOption, learn: Type.Optional(learnOption()) },
  { additionalProperties: false },
);

type Range = readonly [low: number, high: number];
type Ranges = readonly (Range | null)[];

const shared = {
  name: 'out-of-range',
  words: 'out-of-range rate',
  looksAt: 'inputs',
  counted: 'rows that hold at least one of the features as a number',
  blind: 'they hold none of the features as a number',
} as const;

export const outOfRange: Kind<typeof options, Watch> = {
  name: 'out-of-range',
  summary:
    'At least one of the features lies outside its declared range, or outside the range learned for those without one.',
  options,
  create: ({ learn }: Static<typeof options>) => (learn === undefined ? byDeclared() : byLearned(windowOf(learn))),
};

function byDeclared(): Watch {
  return createWatch({
    ...shared,
    usesInput: (feature) => isNumeric(feature) && feature.range !== null,
    whyUnfit: ({ features }) => {
      const without = features.find(({ range }) => range === null);
      const why = `requires features with a declared range, or "learn: 1000 requests"; ${without?.name} has none`;
      return without === undefined ? null : { option: 'features', why };
    },
    happened: ({ features: values }, { features }) =>
      isOutside(
        values.map(extremesOf),
        features.map(({ range }) => range),
      ),
  });
}

function byLearned(window: number): Watch {
  return createWatch({
    ...shared,
    usesInput: isNumeric,
    look: ({ features }) => {
      const extremes = features.map(extremesOf);
      return extremes.every((one) => one === null) ? null : extremes;
    },
    ...createLearning<Ranges, Ranges>({
      window,
      begin: ({ features }) => features.map(() => null),
      absorb: (notes, looks) => looks.reduce<Ranges>((ranges, look) => wider(ranges, look as Ranges), notes),
      freeze: (notes, { features }) => features.map(({ range }, index) => range ?? widened(notes[index] ?? null)),
      sides: (_reference, { tolerance }) => [{ words: null, tolerance }],
      judge: (reference) => (look) => {
        const outside = isOutside(look as Ranges, reference);
        return outside === null ? null : [outside];
      },
    }),
  });
}

function isNumeric({ type }: InputFeature): boolean {
  return type === 'number' || type === 'integer';
}

/** Smallest and largest number; null without any. */
function extremesOf(value: FeatureValue): Range | null {
  const numbers = heldValues(value)
    .filter((one) => typeof one === 'number' || typeof one === 'bigint')
    .map(Number);
  return numbers.length === 0 ? null : [reduceTo(numbers, Math.min), reduceTo(numbers, Math.max)];
}

function reduceTo(numbers: readonly number[], pick: (one: number, other: number) => number): number {
  return clamp(numbers.reduce((one, other) => pick(one, other)));
}

/** JSON knows no infinities; the largest number is outside every range all the same. */
function clamp(number: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, number));
}

/** Null when no feature with a range holds a number. */
function isOutside(extremes: Ranges, ranges: Ranges): boolean | null {
  let asked = false;
  for (const [index, extreme] of extremes.entries()) {
    const range = ranges[index] ?? null;
    if (extreme === null || range === null) continue;
    asked = true;
    if (extreme[0] < range[0] || extreme[1] > range[1]) return true;
  }
  return asked ? false : null;
}

function wider(ranges: Ranges, extremes: Ranges): Ranges {
  return extremes.map((extreme, index) => {
    const range = ranges[index] ?? null;
    if (extreme === null || range === null) return extreme ?? range;
    return [Math.min(range[0], extreme[0]), Math.max(range[1], extreme[1])];
  });
}

function widened(range: Range | null): Range | null {
  if (range === null) return null;
  const margin = (range[1] - range[0]) / 2;
  return [clamp(range[0] - margin), clamp(range[1] + margin)];
}
