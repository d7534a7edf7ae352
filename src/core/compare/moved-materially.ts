// When two predictions differ enough to matter; shared by `material` and `silent-wrong`.
import type { Decision, Prediction } from '../../model.ts';
import { distanceOf } from './distance.ts';

/**
 * Whether the distance is above the decision's `material`; for a label, whether the labels differ. A difference exactly at the
 * limit is not material. Null when it cannot be said.
 */
export function movedMaterially(
  decision: Decision,
  predictions: { production: Prediction; shadow: Prediction },
): boolean | null {
  const distance = distanceOf(decision, predictions);
  return distance === null ? null : distance > decision.material;
}
