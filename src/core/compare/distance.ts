// How far apart two predictions of one decision are, from 0 (the same) to 1. One meaning for every metric that measures a
// difference: `material` compares it with a limit, `mean-difference` averages it, DIFFERENT orders it.
import type { Decision, Prediction } from '../../model.ts';

/**
 * Binary: |score difference|. Classes: the largest over the classes, so that a shift between two losing classes counts too; another
 * number of classes is 1. Label: 1 when the labels differ. Regression: |difference| as a share of the declared scale. What is
 * beyond 1 counts as 1. Null when it cannot be said.
 */
export function distanceOf(
  decision: Decision,
  { production, shadow }: { production: Prediction; shadow: Prediction },
): number | null {
  switch (decision.kind) {
    case 'label':
      return production.label === shadow.label ? 0 : 1;
    case 'binary':
    case 'classes':
      if (production.scores.length !== shadow.scores.length) return 1;
      return Math.min(1, largestDifference(production.scores, shadow.scores));
    case 'regression': {
      if (production.value === null || shadow.value === null || decision.scale === null) return null;
      const [low, high] = decision.scale;
      return Math.min(1, Math.abs(production.value - shadow.value) / (high - low));
    }
  }
}

function largestDifference(first: readonly number[], second: readonly number[]): number {
  let largest = 0;
  for (let index = 0; index < first.length; index++) {
    largest = Math.max(largest, Math.abs((first[index] as number) - (second[index] as number)));
  }
  return largest;
}
