// What every watch on production is: one look at one row of one production exchange, and how looks become counts that the late-onset
// detector judges. Most kinds state only when a thing happened; those that remember or learn fold looks in order of arrival.
import type { Counts, Decision, InputFeature, Prediction, PredictionKind, TensorValue } from '../../model.ts';

/** A feature of one row: its value, its values where a whole tensor is the feature, undefined where the message does not hold it. */
export type FeatureValue = TensorValue | readonly TensorValue[] | undefined;

/** One row of one production exchange, as far as its messages can be read. */
export interface Sight {
  /** By position of the features that the claim is about. */
  readonly features: readonly FeatureValue[];
  /** What production decided; null where the answer does not hold the decision. */
  readonly prediction: Prediction | null;
  /** Rows in the request and in its answer; null unless both can be read. */
  readonly rows: { readonly asked: number; readonly answered: number } | null;
  /** Equal for requests that ask the model the same question; null when the request cannot be read. */
  readonly question: () => string | null;
}

/** What a claim is about, fixed by the config. */
export interface About {
  readonly features: readonly InputFeature[];
  readonly decision: Decision | null;
  readonly tolerance: number;
}

/** What a look leaves behind until its bucket closes: small plain data, so that JSON keeps it exactly. */
export type Trait = boolean | number | string | null | readonly Trait[];

/** One rate with its limit: most watches have one; a distribution has two for every place it is compared at. */
export interface Side {
  /** "at or below 0.31"; null where there is only one. */
  readonly words: string | null;
  /** In (0, 1). */
  readonly tolerance: number;
}

/** A bucket's looks as counts, one for each side, and what is remembered from here on. */
export interface Folded {
  readonly memory: unknown;
  readonly counts: readonly Counts[];
}

/** How far a reference is learned. */
export interface Learned {
  readonly done: number;
  readonly of: number;
}

export interface Watch {
  readonly name: string;
  /** What a sentence calls its rate: "all-zero rate". */
  readonly words: string;
  readonly looksAt: 'inputs' | 'decision' | 'messages';
  /** What n is: "rows that hold at least one of the features". */
  readonly counted: string;
  /** Why nothing could be counted, as the end of "none of the 120 requests could be judged: ". */
  readonly blind: string;
  /** Most detectors that it may ever run: the false alarms of a year are shared among all. */
  readonly detectors: number;
  /** What exactly REGRESSED disproves, where it is not one rate against its limit. */
  readonly nullWords?: string;
  /** Set where it judges by what a control answers to the input of defaults alone: the memory once that is known. */
  readonly learnDefault?: (memory: unknown, prediction: Prediction) => unknown;
  /** How many looks it learns from before it judges; null: none. */
  readonly window: number | null;
  /** False: looks are counted at once. True: they wait for their bucket's close and are folded in order of arrival. */
  readonly isOrdered: boolean;
  /** Which declared inputs it looks at when none is named. */
  usesInput(feature: InputFeature): boolean;
  applies(kind: PredictionKind): boolean;
  /** Why it cannot look at this; null when it can. `option` is the one to blame, null for the line as a whole. */
  whyUnfit(about: About): { readonly option: string | null; readonly why: string } | null;
  /** Legal, but probably not meant; null when nothing is. */
  doubt(about: About): string | null;
  /** Null: this row is not in n. Total: never throws. */
  look(sight: Sight, about: About): Trait | null;
  /** What is remembered before the first look: plain JSON. */
  start(about: About): unknown;
  fold(memory: unknown, looks: readonly Trait[], about: About): Folded;
  /** The rates judged; none while learning. */
  sides(memory: unknown, about: About): readonly Side[];
  learned(memory: unknown): Learned | null;
}

type Required = 'name' | 'words' | 'looksAt' | 'counted' | 'blind';
type Given = Pick<Watch, Required> & Partial<Omit<Watch, Required>>;

/** A watch with one rate that remembers nothing, unless given otherwise. */
export function createWatch(
  options: Given & { readonly happened?: (sight: Sight, about: About) => boolean | null },
): Watch {
  const { happened = () => null, ...given } = options;
  return {
    detectors: 1,
    window: null,
    isOrdered: false,
    usesInput: () => true,
    applies: () => true,
    whyUnfit: () => null,
    doubt: () => null,
    look: happened,
    start: () => null,
    fold: (memory, looks) => ({ memory, counts: [countsOf(looks.map((look) => look === true))] }),
    sides: (_memory, { tolerance }) => [{ words: null, tolerance }],
    learned: () => null,
    ...given,
  };
}

/** Bernoulli counts: [n, hits]. */
export function countsOf(hits: readonly boolean[]): Counts {
  return [hits.length, hits.filter((hit) => hit).length];
}

/** The values a feature holds: none where it is absent, null or NaN. */
export function heldValues(value: FeatureValue): readonly Exclude<TensorValue, null>[] {
  const values = Array.isArray(value) ? (value as readonly TensorValue[]) : [value as TensorValue | undefined];
  return values.filter(
    (one): one is Exclude<TensorValue, null> => one !== undefined && one !== null && !isNaNValue(one),
  );
}

function isNaNValue(value: TensorValue): boolean {
  return typeof value === 'number' && Number.isNaN(value);
}
