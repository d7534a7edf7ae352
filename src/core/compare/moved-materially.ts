// When two predictions differ enough to matter; shared by `material` and `silent-wrong`.
import type { Decision, Prediction } from '../../model.ts';
import { distanceOf } from './distance.ts';
import { canFlip } from './labelled.ts';

/**
 * Whether the distance is above the decision's `material`, or without one whether the labels differ: for a label the only change
 * there is, for a ranking another first item, for a text any change. A difference exactly at the limit is not material. Null when
 * it cannot be said.
 */
export function movedMaterially(
  decision: Decision,
  predictions: { production: Prediction; shadow: Prediction },
): boolean | null {
  const { kind, material } = decision;
  if (material === null) return canFlip(kind) ? predictions.production.label !== predictions.shadow.label : null;
  const distance = distanceOf(decision, predictions);
  return distance === null ? null : distance > material;
}
