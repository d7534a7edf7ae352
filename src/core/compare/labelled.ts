// Which output kinds have a label that can flip and that a true outcome can be compared with.
import type { PredictionKind } from '../../model.ts';

/** Numbers and vectors decide nothing by themselves: they can only be more or less far off. */
export const flippingKinds: readonly PredictionKind[] = ['binary', 'classes', 'label', 'ranking', 'text'];

export function canFlip(kind: PredictionKind): boolean {
  return flippingKinds.includes(kind);
}

/** Whether somebody can say later what the right answer was. A vector has none: who would know it? */
export function hasTruth(kind: PredictionKind): boolean {
  return kind !== 'vector';
}
