// A prediction's number on a scale from 0 to 1, for the metrics that compare numbers with their sign or their distribution.
import type { Decision, Prediction } from '../../model.ts';

/**
 * Binary: the score itself; regression: its place on the declared scale. Not clipped. Null for kinds without one number, without a
 * scale, and for what is no finite number (which an answer that could be read never holds: it is `invalid`).
 */
export function unitScore({ kind, scale }: Decision, { scores, value }: Prediction): number | null {
  const number = kind === 'binary' ? scores[0] : kind === 'regression' ? onScale(value, scale) : null;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

function onScale(value: number | null, scale: Decision['scale']): number | null {
  if (value === null || scale === null) return null;
  const [low, high] = scale;
  return (value - low) / (high - low);
}

/** Kinds that have one number. */
export const numericKinds: readonly string[] = ['binary', 'regression'];

export function clipped(number: number, [low, high]: readonly [number, number]): number {
  return Math.min(high, Math.max(low, number));
}
