// distribution: how often production answers what, against a reference learned from its own first answers and frozen.
// Scores and values are compared at the reference's deciles, in both directions (the Kolmogorov–Smirnov distance there), and by the share
// between neighbouring deciles, because a fallback piles answers up in one place; labels and classes by the share of each of the ten most
// frequent and of all others. n = answers whose decision can be read.
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
      detectors: Math.max(3 * (deciles - 1) - 1, 2 * mostLabels + 1),
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

/** What can be exceeded: each side's limit is the reference's share and the tolerance. */
function sidesOf(reference: readonly Place[], { tolerance }: About): readonly PlacedSide[] {
  const known = reference.map(({ at }) => at);
  return reference
    .flatMap(({ at, share }, index): Rise[] => {
      if (typeof at === 'number') return atEdge({ at, share }, reference[index - 1]);
      if (at === null) {
        return [
          { words: 'that are none of the frequent labels', share, isHit: (look) => !known.includes(look as string) },
        ];
      }
      return [
        { words: `that are "${at}"`, share, isHit: (look) => look === at },
        { words: `that are not "${at}"`, share: 1 - share, isHit: (look) => look !== at },
      ];
    })
    .map(({ words, share, isHit }) => ({ side: { words, tolerance: share + tolerance }, isHit }))
    .filter(({ side }) => side.tolerance < 1);
}

/** A share that may rise. */
interface Rise {
  readonly words: string;
  readonly share: number;
  readonly isHit: (look: Trait) => boolean;
}

/** Both directions at an edge, and between it and the one before. */
function atEdge({ at, share }: { at: number; share: number }, before: Place | undefined): Rise[] {
  const both = [
    { words: `at or below ${short(at)}`, share, isHit: (look: Trait) => Number(look) <= at },
    { words: `above ${short(at)}`, share: 1 - share, isHit: (look: Trait) => Number(look) > at },
  ];
  if (before === undefined) return both;
  const from = Number(before.at);
  const isBetween = (look: Trait): boolean => Number(look) > from && Number(look) <= at;
  const words = `above ${short(from)} and at or below ${short(at)}`;
  return [...both, { words, share: share - before.share, isHit: isBetween }];
}

function short(number: number): string {
  return String(Number(number.toPrecision(3)));
}
