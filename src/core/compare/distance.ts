// How far apart two predictions of one decision are, from 0 (the same) to 1. One meaning for every metric that measures a
// difference: `material` compares it with a limit, `mean-difference` averages it, DIFFERENT orders it.
import type { Decision, Prediction } from '../../model.ts';
import { averageOverlapDistance } from './distance/average-overlap.ts';
import { cosineDistance } from './distance/cosine.ts';
import { resemblanceDistance } from './distance/resemblance.ts';

/**
 * Binary: |score difference|. Classes: the largest over the classes, so that a shift between two losing classes counts too; another
 * number of classes is 1. Label: 1 when the labels differ. Regression: |difference| as a share of the declared scale. Vector: the
 * cosine distance; a vector that points into the opposite half, beyond a right angle, counts as 1. Ranking: 1 − the average
 * overlap of the items that count. Text: 1 − the share of neighbouring words that both have. What is beyond 1 counts as 1. Null
 * when it cannot be said.
 */
export function distanceOf(
  decision: Decision,
  predictions: { production: Prediction; shadow: Prediction },
): number | null {
  const distance = unclipped(decision, predictions);
  return distance === null || Number.isNaN(distance) ? null : Math.min(1, distance);
}

function unclipped(
  decision: Decision,
  { production, shadow }: { production: Prediction; shadow: Prediction },
): number | null {
  switch (decision.kind) {
    case 'label':
      return production.label === shadow.label ? 0 : 1;
    case 'binary':
    case 'classes':
      if (production.scores.length !== shadow.scores.length) return 1;
      return largestDifference(production.scores, shadow.scores);
    case 'regression': {
      if (production.value === null || shadow.value === null || decision.scale === null) return null;
      const [low, high] = decision.scale;
      return Math.abs(production.value - shadow.value) / (high - low);
    }
    case 'vector':
      return between(production.vector, shadow.vector, cosineDistance);
    case 'ranking':
      return between(production.items, shadow.items, averageOverlapDistance);
    case 'text':
      return between(production.text, shadow.text, resemblanceDistance);
  }
}

function between<Value>(
  production: Value | undefined,
  shadow: Value | undefined,
  distance: (one: Value, other: Value) => number,
): number | null {
  return production === undefined || shadow === undefined ? null : distance(production, shadow);
}

function largestDifference(first: readonly number[], second: readonly number[]): number {
  let largest = 0;
  for (let index = 0; index < first.length; index++) {
    largest = Math.max(largest, Math.abs((first[index] as number) - (second[index] as number)));
  }
  return largest;
}
