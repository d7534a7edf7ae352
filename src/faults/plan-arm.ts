// What an arm is sent for one exchange: perturbations applied, delays drawn, and whether any of it acted. Data only.
import { createPerturber } from '../core/perturb/apply.ts';
import type { DeclaredInput } from '../core/perturb/index.ts';
import type { Arm, Exchange, KindUse, ModelRequest, TransportFault } from '../model.ts';
import { type Fault, faults as kinds } from './index.ts';
import { useText } from './use-text.ts';

export interface ArmPlan {
  readonly request: ModelRequest;
  readonly perturbed: boolean;
  readonly delayMs: number;
  /** What is done to the bytes on their way; the first fault that acts. */
  readonly transport: TransportFault | null;
  /** Null for an arm that nothing is done to, and where it cannot be known. */
  readonly faultActed: boolean | null;
  /** Whether the arm's other version is asked, where it swaps with one. */
  readonly toOther: boolean;
  /** What acts on this request, in words; what may act, with a "perhaps". */
  readonly applied: readonly string[];
}

export type PlanArm = (exchange: Exchange, options: { faultsOn: boolean }) => ArmPlan;

/**
 * The plan of one arm in one run: it remembers what earlier exchanges held (bounded), so it is made anew for each. Throws
 * CONFIG_INVALID for unknown kinds, options and features.
 */
export function createArmPlan(arm: Arm, { inputs, seed }: { inputs: readonly DeclaredInput[]; seed: string }): PlanArm {
  const perturber = createPerturber({ arm: arm.name, perturbations: arm.perturbations, inputs, seed });
  const faults = arm.faults.map((use): Fault => {
    const kind = kinds.find(({ name }) => name === use.type);
    return (kind as unknown as { create: (options: unknown) => Fault }).create(use.options);
  });
  const isTreated = arm.perturbations.length + faults.length > 0;
  const perturbationTexts = arm.perturbations.map(useText);
  const faultTexts = new Map(faults.map((fault, index) => [fault, useText(arm.faults[index] as KindUse)]));
  if (!isTreated) return ({ request }) => ({ request, ...untreated });
  return ({ id, request, arrivedAt }, { faultsOn }) => {
    const here = faultsOn ? faults : faults.filter((fault) => !fault.injectedHere);
    // Shown to it with faults off too: what is remembered starts with the warm-up.
    const perturbed = perturber.apply(request, { requestId: id, arrivedAt, isOn: faultsOn });
    const context = { armName: arm.name, seed, requestId: id, request, arrivedAt };
    const acted = here.map((fault) => fault.acts(context));
    const sent = here.reduce((changed, fault) => fault.change?.(changed, context) ?? changed, perturbed.request);
    return {
      request: sent,
      perturbed: perturbed.acted || sent !== perturbed.request,
      transport: here.map((fault) => fault.transport?.(context) ?? null).find((one) => one !== null) ?? null,
      delayMs: here.reduce((total, fault) => total + fault.delayMs(context), 0),
      toOther: faults.some((fault) => fault.toOther?.(context, { isOn: faultsOn }) ?? false),
      faultActed: anyOf([perturbed.acted, ...acted]),
      applied: [
        ...(perturbed.steps ?? []).map((step) => perturbationTexts[step] ?? ''),
        ...here.flatMap((fault, index) => {
          if (acted[index] === false) return [];
          return [`${acted[index] === null ? 'perhaps ' : ''}${faultTexts.get(fault) ?? ''}`];
        }),
      ],
    };
  };
}

/** The plan of an arm that nothing is done to. */
const untreated = { perturbed: false, delayMs: 0, transport: null, faultActed: null, toOther: false, applied: [] };

/** True if any is; null if none is but one cannot be known. */
function anyOf(acted: readonly (boolean | null)[]): boolean | null {
  if (acted.includes(true)) return true;
  return acted.includes(null) ? null : false;
}
