// What an arm is sent for one exchange: perturbations applied, delays drawn, and whether any of it acted. Data only.
import { createPerturber } from '../core/perturb/apply.ts';
import type { Arm, Exchange, InputFeature, ModelRequest } from '../model.ts';
import { type Fault, faults as kinds } from './index.ts';

export interface ArmPlan {
  readonly request: ModelRequest;
  readonly perturbed: boolean;
  readonly delayMs: number;
  /** Null for an arm that nothing is done to, and where it cannot be known. */
  readonly faultActed: boolean | null;
}

export type PlanArm = (exchange: Exchange, options: { faultsOn: boolean }) => ArmPlan;

/** Throws CONFIG_INVALID for unknown kinds, options and features. */
export function createArmPlan(arm: Arm, { inputs, seed }: { inputs: readonly InputFeature[]; seed: string }): PlanArm {
  const perturber = createPerturber({ arm: arm.name, perturbations: arm.perturbations, inputs, seed });
  const faults = arm.faults.map((use): Fault => {
    const kind = kinds.find(({ name }) => name === use.type);
    return (kind as unknown as { create: (options: unknown) => Fault }).create(use.options);
  });
  const isTreated = arm.perturbations.length + faults.length > 0;
  return ({ id, request }, { faultsOn }) => {
    const here = faultsOn ? faults : faults.filter((fault) => !fault.injectedHere);
    const perturbed = faultsOn ? perturber.apply(request, id) : { request, acted: false };
    const context = { armName: arm.name, seed, requestId: id, request };
    const acted = here.map((fault) => fault.acts(context));
    return {
      request: perturbed.request,
      perturbed: perturbed.acted,
      delayMs: here.reduce((total, fault) => total + fault.delayMs(context), 0),
      faultActed: isTreated ? anyOf([perturbed.acted, ...acted]) : null,
    };
  };
}

/** True if any is; null if none is but one cannot be known. */
function anyOf(acted: readonly (boolean | null)[]): boolean | null {
  if (acted.includes(true)) return true;
  return acted.includes(null) ? null : false;
}
