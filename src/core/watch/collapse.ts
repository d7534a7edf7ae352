// collapse: a different request, exactly the same answer as the one before, in order of arrival.
// n = rows that follow one which asked something else, both with a readable answer. A bare label has no collapse: two requests often
// rightly have the same one. What stands before a request depends on who counts it: with several comparators each looks at its own.
import { Type } from 'typebox';
import type { Prediction } from '../../model.ts';
import type { Kind } from '../kind.ts';
import { keyOf } from '../random.ts';
import { sipHash24 } from '../siphash.ts';
import { countsOf, createWatch, type Trait, type Watch } from './watch.ts';

const options = Type.Object({}, { additionalProperties: false });

/** The question and the answer before; null before the first. */
type Memory = readonly [question: string, answer: string] | null;

const key = keyOf('collapse');

export const collapse: Kind<typeof options, Watch> = {
  name: 'collapse',
  summary: 'Production’s answer is exactly its answer to the request before, although that asked something else.',
  options,
  create: () =>
    createWatch({
      name: 'collapse',
      words: 'collapse rate',
      looksAt: 'decision',
      counted: 'rows that follow one which asked something else, both with a readable answer',
      blind: 'no two of them in a row asked different things and had a readable answer',
      applies: (kind) => kind !== 'label',
      isOrdered: true,
      look: ({ prediction, question }) => {
        const asked = prediction === null ? null : question();
        return prediction === null || asked === null ? null : [asked, answerOf(prediction)];
      },
      start: (): Memory => null,
      fold: (memory, looks) => {
        let before = memory as Memory;
        const hits: boolean[] = [];
        for (const look of looks as readonly Trait[]) {
          const now = look as NonNullable<Memory>;
          if (before !== null && before[0] !== now[0]) hits.push(before[1] === now[1]);
          before = now;
        }
        return { memory: before, counts: [countsOf(hits)] };
      },
    }),
};

/** Equal for equal answers; the confidence follows from the rest. */
function answerOf({ confidence: _, ...prediction }: Prediction): string {
  const { low, high } = sipHash24(key, JSON.stringify(prediction));
  return `${high.toString(16)}.${low.toString(16)}`;
}
