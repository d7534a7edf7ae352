// Learning a reference from production itself: the first so many looks, in order of arrival, are noted and not judged; then the
// reference is frozen for good, and everything after is judged against it.
import { Type } from 'typebox';
import { zeroCounts } from '../stats/statistic.ts';
import type { About, Side, Trait, Watch } from './watch.ts';

/** `learn: 1000 requests`: from 100 to 10,000. */
export const learnOption = (settings: { readonly default?: string } = {}) =>
  Type.String({
    pattern: '^([1-9][0-9]{2,3}|10000) requests$',
    description: '100 to 10000 requests to learn from, written "1000 requests"',
    examples: ['1000 requests'],
    ...settings,
  });

/** @example windowOf('1000 requests') // 1000 */
export function windowOf(learn: string): number {
  return Number.parseInt(learn, 10);
}

export interface Learning<Notes, Reference> {
  readonly window: number;
  begin(about: About): Notes;
  /** Notes and these looks, as new notes. */
  absorb(notes: Notes, looks: readonly Trait[]): Notes;
  freeze(notes: Notes, about: About): Reference;
  sides(reference: Reference, about: About): readonly Side[];
  /** For one look an answer for each side; null when it says nothing about any. */
  judge(reference: Reference, about: About): (look: Trait) => readonly boolean[] | null;
}

interface Memory<Notes, Reference> {
  readonly learned: number;
  /** Null once the reference is frozen. */
  readonly notes: Notes | null;
  readonly reference: Reference | null;
}

/** The parts of a watch that learns; `Notes` and `Reference` are plain JSON. */
export function createLearning<Notes, Reference>(
  learning: Learning<Notes, Reference>,
): Pick<Watch, 'window' | 'isOrdered' | 'start' | 'fold' | 'sides' | 'learned'> {
  type Kept = Memory<Notes, Reference>;
  const { window } = learning;
  const learn = (memory: Kept, looks: readonly Trait[], about: About): Kept => {
    if (memory.notes === null) return memory;
    const taken = looks.slice(0, window - memory.learned);
    const notes = learning.absorb(memory.notes, taken);
    const learned = memory.learned + taken.length;
    return learned < window
      ? { learned, notes, reference: null }
      : { learned, notes: null, reference: learning.freeze(notes, about) };
  };
  const sidesOf = ({ reference }: Kept, about: About): readonly Side[] =>
    reference === null ? [] : learning.sides(reference, about);
  return {
    window,
    isOrdered: true,
    start: (about): Kept => ({ learned: 0, notes: learning.begin(about), reference: null }),
    fold: (kept, looks, about) => {
      const before = kept as Kept;
      const memory = learn(before, looks, about);
      const counts = sidesOf(memory, about).map(() => zeroCounts(2));
      const { reference } = memory;
      if (reference === null) return { memory, counts };
      const judge = learning.judge(reference, about);
      for (const look of looks.slice(memory.learned - before.learned)) {
        const hits = judge(look) ?? [];
        for (const [side, hit] of hits.entries()) {
          const count = counts[side] as number[];
          count[0] = (count[0] as number) + 1;
          count[1] = (count[1] as number) + Number(hit);
        }
      }
      return { memory, counts };
    },
    sides: (kept, about) => sidesOf(kept as Kept, about),
    learned: (kept) => ({ done: (kept as Kept).learned, of: window }),
  };
}
