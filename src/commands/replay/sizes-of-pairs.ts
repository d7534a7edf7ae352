// Effect sizes of an arm's recorded scores: counted at the edges that the output's declared range gives.
import { effectSizes } from '../../core/judge/effect-sizes.ts';
import { addScores, createBinning, crossingSize } from '../../core/stats/crossings.ts';
import type { Divergence } from '../../core/stats/divergence.ts';
import type { Decision } from '../../model.ts';
import type { DecisionPairs } from './collect-pairs.ts';
import { noScore, nothingCompared, wordsOfScore } from './tests-once.ts';

export type EffectSizes =
  | {
      /** What the sizes are about: "scores", "values", … */
      readonly of: string;
      readonly sizes: readonly Divergence[];
      /** Pairs with a score outside the declared range; it counts at the range's end. */
      readonly outOfRange: number;
    }
  | { readonly notComputed: string };

export function sizesOfPairs(pairs: DecisionPairs, alpha: number): EffectSizes {
  const { decision, n, scores } = pairs;
  if (n === 0) return { notComputed: nothingCompared(pairs) };
  const of = wordsOfScore(decision.kind);
  if (of === null || scores.arm.length === 0) return { notComputed: noScore(decision.kind) };
  const range = rangeOf(decision);
  if (range === null) return { notComputed: `${decision.name} declares no scale` };
  const [low, high] = range;
  const binning = createBinning({ low, high });
  const counts = new Array<number>(crossingSize(binning)).fill(0);
  // The outermost bins are open: what lies outside crosses the same edges as what lies at the ends.
  const within = (score: number): number => Math.min(high, Math.max(low, score));
  let outOfRange = 0;
  for (const [index, arm] of scores.arm.entries()) {
    const production = scores.production[index] as number;
    if (Math.min(production, arm) < low || Math.max(production, arm) > high) outOfRange += 1;
    addScores(counts, [within(production), within(arm)], binning);
  }
  return { of, sizes: effectSizes(counts, { binning, alpha }), outOfRange };
}

function rangeOf({ kind, scale }: Decision): readonly [number, number] | null {
  return kind === 'regression' ? scale : [0, 1];
}
