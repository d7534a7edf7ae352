// How the target of a whole arm is opened: one way to answer, or two for an arm that swaps versions.
import { otherVersionOf } from '../faults/swap.ts';
import type { Target } from '../io/ports.ts';
import { createSwappingTarget } from '../io/targets/swap.ts';
import type { Arm, TargetSpec } from '../model.ts';

type Open = (arm: Arm, target: TargetSpec) => Promise<Target>;

/** Opens what `open` opens, and for an arm that swaps its other version too. Throws what `open` throws; nothing stays open then. */
export function openingArms(open: Open): Open {
  return async (arm, target) => {
    const other = otherVersionOf(arm);
    const own = await open(arm, target);
    if (other === null) return own;
    try {
      return createSwappingTarget({ own, other: await open(arm, other) });
    } catch (thrown) {
      await own.close();
      throw thrown;
    }
  };
}
