// When two predictions differ enough to matter; shared by `material` and `silent-wrong`.
import type { Decision, Prediction } from '../../model.ts';

/**
 * Binary: the scores differ by more than `decision.material`. Classes: some class's score does (the largest difference over
 * classes, so that a shift between two losing classes counts too). Label: the labels differ. Regression: the values differ by more than
 * `decision.material` of the declared scale. A difference exactly at the limit is not material. Null when it cannot be said
 * (another number of classes is material: the answers have different shapes).
 */
export function movedMaterially(
  decision: Decision,
  { production, shadow }: { production: Prediction; shadow: Prediction },
): boolean | null {
  switch (decision.kind) {
    case 'label':
      return production.label !== shadow.label;
    case 'binary':
    case 'classes':
      if (production.scores.length !== shadow.scores.length) return true;
      return largestDifference(production.scores, shadow.scores) > decision.material;
    case 'regression': {
      if (production.value === null || shadow.value === null || decision.scale === null) return null;
      const [low, high] = decision.scale;
      return Math.abs(production.value - shadow.value) > decision.material * (high - low);
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
