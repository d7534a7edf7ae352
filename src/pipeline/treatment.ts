// What an outcome remembers of the plan it was asked by: whether anything acted on the request, what, and what was sent in its place.
import type { Outcome } from '../model.ts';
import type { ShadowPlan } from './run-context.ts';

export type Treatment = Pick<Outcome, 'faultActed' | 'applied' | 'sent'>;

/** Of every request to an arm that nothing is done to. */
export const untreated: Treatment = { faultActed: null };

export function treatmentOf(plan: ShadowPlan): Treatment {
  const { faultActed, applied = [], perturbed, request } = plan;
  if (faultActed === null && applied.length === 0 && !perturbed) return untreated;
  return {
    faultActed,
    ...(applied.length === 0 ? {} : { applied }),
    ...(perturbed ? { sent: request } : {}),
  };
}
