// From claims to hypotheses: what penumbra adds by itself for a candidate under a gate, and each claim's part of the run's
// error budget.
import { shareErrorBudget } from '../core/judge/error-budget.ts';
import type { Arm, Decision, Hypothesis } from '../model.ts';
import type { Claim } from './hypotheses.ts';
import { differsInTransport } from './soundness.ts';

/** Most errors a candidate may have beyond the control's, or at all where they cannot be compared. */
const errorTolerance = 0.005;

/** A candidate that only answers the easy requests would pass on flips alone: this claim closes that door. */
function automaticErrorClaim(arms: readonly Arm[], claims: readonly Claim[]): Claim | null {
  const candidate = arms.find((arm) => arm.role === 'candidate');
  const control = arms.find((arm) => arm.role === 'control');
  if (!candidate || claims.some((claim) => claim.arm === candidate.name && claim.metric === 'error')) return null;
  const isFair = control !== undefined && !differsInTransport(candidate, control);
  return {
    id: `${candidate.name}.error`,
    arm: candidate.name,
    decision: null,
    metric: 'error',
    options: {},
    segmentation: null,
    relation: 'bounded',
    against: isFair ? 'control' : 'limit',
    tolerance: errorTolerance,
    minActed: 0,
    required: true,
    automatic: true,
  };
}

/** Most net accuracy a candidate may lose once true outcomes are known. */
const worseTolerance = 0.005;

/** Shown for every candidate, never required: is it right less often than production, where the truth became known? */
function advisoryWorseClaims(
  arms: readonly Arm[],
  { claims, decisions }: { claims: readonly Claim[]; decisions: readonly Decision[] },
): Claim[] {
  const candidate = arms.find((arm) => arm.role === 'candidate');
  if (!candidate) return [];
  const isWritten = ({ name }: Decision) =>
    claims.some((claim) => claim.arm === candidate.name && claim.metric === 'worse' && claim.decision === name);
  return decisions
    .filter((decision) => !isWritten(decision))
    .map((decision) => ({
      id: `${candidate.name}.${decision.name}.worse`,
      arm: candidate.name,
      decision: decision.name,
      metric: 'worse',
      options: {},
      segmentation: null,
      relation: 'bounded',
      against: 'limit',
      tolerance: worseTolerance,
      minActed: 0,
      required: false,
      automatic: true,
    }));
}

export interface RunSetting {
  readonly arms: readonly Arm[];
  readonly decisions: readonly Decision[];
  readonly isGated: boolean;
  readonly alpha: number;
}

/** Every hypothesis of a run: what was written, what a gate adds, each with its error rates. */
export function hypothesesOf(
  claims: readonly Claim[],
  { arms, decisions, isGated, alpha }: RunSetting,
): readonly Hypothesis[] {
  const error = isGated ? automaticErrorClaim(arms, claims) : null;
  const all = [...claims, ...(error ? [error] : []), ...advisoryWorseClaims(arms, { claims, decisions })];
  return shareErrorBudget(all, { alpha, alphaHolds: alpha });
}
