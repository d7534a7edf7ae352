// distribution: how often production answers what, against a reference learned from its own first answers and frozen.
// Scores and values are compared at up to nine edges, the reference's deciles (the Kolmogorov–Smirnov distance at these places); labels
// and classes by the share of each of the ten most frequent and of all others. n = answers whose decision can be read.
import { type Static, Type } from 'typebox';
import type { Decision, Prediction, PredictionKind } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { createLearning, learnOption, windowOf } from './learn.ts';
import { type About, createWatch, type Side, type Trait, type Watch } from './watch.ts';

const options = Type.Object({ learn: learnOption({ default: '2000 requests' }) }, { additionalProperties: false });

/** A place where the shares are compared: a number (at or below it), a label, or null for all other labels. */
interface Place {
  readonly at: number | string | null;
  /** The reference's share there. */
  readonly share: number;
}

const deciles = 10;
const mostLabels = 10;
const kinds: readonly PredictionKind[] = ['binary', 'classes', 'label', 'regression'];

export const distribution: Kind<typeof options, Watch> = {
  name: 'distribution',
  summary: 'The shares of production’s answers have moved away from those in the window learned from, at any place.',
  options,
  create: ({ learn }: Static<typeof options>) =>
    createWatch({
      name: 'distribution',
      words: 'share of answers',
      looksAt: 'decision',
      counted: 'answers whose decision can be read, after the window',
      blind: 'no answer held the decision',
      detectors: 2 * Math.max(deciles - 1, mostLabels) + 1,
      nullWords:
        'at every place compared, and over every stretch of time, the share of answers there differs from the frozen reference’s by at most',
      applies: (kind) => kinds.includes(kind),
      doubt: ({ tolerance }) => doubtOf(windowOf(learn), tolerance),
      look: ({ prediction }, { decision }) =>
        prediction === null || decision === null ? null : answerOf(prediction, decision),
      ...createLearning<readonly Trait[], readonly Place[]>({
        window: windowOf(learn),
        begin: () => [],
        absorb: (notes, looks) => [...notes, ...looks],
        freeze: (notes) => (typeof notes[0] === 'number' ? edgesOf(notes as number[]) : labelsOf(notes as string[])),
        sides: (reference, about) => sidesOf(reference, about).map(({ side }) => side),
        judge: (reference, about) => {
          const sides = sidesOf(reference, about);
          return (look) => sides.map(({ isHit }) => isHit(look));
        },
      }),
    }),
};

/** Scores and values as numbers, labels and classes as text; null for a value that is no number. */
function answerOf({ scores, value, label }: Prediction, { kind }: Decision): Trait | null {
  if (kind === 'classes' || kind === 'label') return label;
  const number = (kind === 'binary' ? scores[0] : value) ?? Number.NaN;
  return Number.isFinite(number) ? number : null;
}

/** Where the shares of so many requests are known only more roughly than the limit, with 99 % certainty (Dvoretzky–Kiefer–Wolfowitz). */
function doubtOf(window: number, tolerance: number): string | null {
  const known = Math.sqrt(Math.log(2 / 0.01) / (2 * window));
  if (known <= tolerance) return null;
  return `${window} requests know shares only to ${(100 * known).toFixed(1)} points: the reference itself may be off by more than the limit; learn from more requests`;
}

function edgesOf(numbers: readonly number[]): readonly Place[] {
  const sorted = [...numbers].sort((one, other) => one - other);
  const edges = Array.from(
    { length: deciles - 1 },
    (_, index) => sorted[Math.ceil(((index + 1) * sorted.length) / deciles) - 1] as number,
  );
  return [...new Set(edges)].map((at) => ({
    at,
    share: sorted.filter((number) => number <= at).length / sorted.length,
  }));
}

function labelsOf(labels: readonly string[]): readonly Place[] {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const frequent = [...counts]
    .sort(([one, count], [other, otherCount]) => otherCount - count || (one < other ? -1 : 1))
    .slice(0, mostLabels);
  const places = frequent.map(([at, count]): Place => ({ at, share: count / labels.length }));
  const others = labels.length - frequent.reduce((sum, [, count]) => sum + count, 0);
  return [...places, { at: null, share: others / labels.length }];
}

interface PlacedSide {
  readonly side: Side;
  readonly isHit: (look: Trait) => boolean;
}

/** Each place in both directions: the share there may rise by the limit, and so may the share elsewhere. What cannot be exceeded is left out. */
function sidesOf(reference: readonly Place[], { tolerance }: About): readonly PlacedSide[] {
  return reference
    .flatMap(({ at, share }): PlacedSide[] => {
      if (typeof at === 'number') {
        return [
          {
            side: { words: `at or below ${short(at)}`, tolerance: share + tolerance },
            isHit: (look) => Number(look) <= at,
          },
          {
            side: { words: `above ${short(at)}`, tolerance: 1 - share + tolerance },
            isHit: (look) => Number(look) > at,
          },
        ];
      }
      if (at === null) {
        const known = reference.map((place) => place.at);
        const words = 'that are none of the frequent labels';
        return [{ side: { words, tolerance: share + tolerance }, isHit: (look) => !known.includes(look as string) }];
      }
      return [
        { side: { words: `that are "${at}"`, tolerance: share + tolerance }, isHit: (look) => look === at },
        { side: { words: `that are not "${at}"`, tolerance: 1 - share + tolerance }, isHit: (look) => look !== at },
      ];
    })
    .filter(({ side }) => side.tolerance < 1);
}

function short(number: number): string {
  return String(Number(number.toPrecision(3)));
}
