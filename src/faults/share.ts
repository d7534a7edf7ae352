// Which requests a fault acts on: drawn by a keyed hash of seed, arm and request id, so that a replay hits the same ones.
import { Type } from 'typebox';
import { isInShare, keyOf } from '../core/random.ts';
import type { FaultContext } from './fault.ts';

export const shareOption = {
  share: Type.Number({ exclusiveMinimum: 0, maximum: 1, default: 1, description: 'which part of the requests' }),
};

/** `what` tells the faults of one arm apart. */
export function isChosen(
  { seed, armName, requestId }: FaultContext,
  { what, share }: { what: string; share: number },
): boolean {
  return isInShare(keyOf(seed), `${what}\u0000${armName}\u0000${requestId}`, share);
}
