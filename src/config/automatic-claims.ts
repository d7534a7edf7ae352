// What penumbra expects by itself, without a line in the config: that a candidate under a gate does not fail, that it is not worse
// once the truth is known, and, shown only, whether an arm is unlike its control and its scores unlike production's.
import { evenCoin } from '../core/stats/difference.ts';
import type { Arm, Decision, RowsPolicy } from '../model.ts';
import type { Claim } from './hypotheses.ts';
import { metricAt } from './metrics.ts';
import { differsInTransport } from './soundness.ts';

export interface AutomaticSetting {
  readonly arms: readonly Arm[];
  readonly decisions: readonly Decision[];
  readonly isGated: boolean;
  readonly rows: RowsPolicy;
}

/** The claims that are added to those of the config; one that was written is not added again. */
export function automaticClaims(
  written: readonly Claim[],
  { arms, decisions, isGated, rows }: AutomaticSetting,
): Claim[] {
  const control = arms.find(({ role }) => role === 'control');
  const candidate = arms.find(({ role }) => role === 'candidate');
  const claims = [
    ...(candidate && isGated ? [errorClaim(candidate, control)] : []),
    ...(candidate && rows === 'single'
      ? decisions.filter(canBeWorse).map((decision) => worseClaim(candidate, decision))
      : []),
    ...(control ? differentClaims(arms, decisions) : []),
    ...(rows === 'single' ? distributionClaims(arms, decisions) : []),
  ];
  return claims.filter(
    (claim) =>
      !written.some(
        ({ arm, decision, metric, segmentation }) =>
          arm === claim.arm && decision === claim.decision && metric === claim.metric && segmentation === null,
      ),
  );
}

const plain = { options: {}, segmentation: null, relation: 'bounded', minActed: 0, automatic: true } as const;

/** Most errors a candidate may have beyond the control's, or at all where they cannot be compared. */
const errorTolerance = 0.005;

/** A candidate that only answers the easy requests would pass on flips alone: this claim closes that door. */
function errorClaim(candidate: Arm, control: Arm | undefined): Claim {
  const isFair = control !== undefined && !differsInTransport(candidate, control);
  return {
    ...plain,
    ...aboutArm(candidate, 'error'),
    against: isFair ? 'control' : 'limit',
    tolerance: errorTolerance,
    required: true,
  };
}

/** Most net accuracy a candidate may lose once true outcomes are known. */
const worseTolerance = 0.005;

/** Shown for every candidate, never required: is it right less often than production, where the truth became known? */
function worseClaim(candidate: Arm, decision: Decision): Claim {
  const about = aboutDecision(candidate, decision, 'worse');
  return { ...plain, ...about, against: 'limit', tolerance: worseTolerance, required: false };
}

/** Nobody can report the right vector. */
function canBeWorse({ kind }: Decision): boolean {
  return metricAt('worse')?.metric.applies(kind) === true;
}

/** Shown for every arm beside a control: it finds what no limit was written for. */
function differentClaims(arms: readonly Arm[], decisions: readonly Decision[]): Claim[] {
  const others = arms.filter(({ role }) => role !== 'control');
  return others.flatMap((arm) =>
    decisions.map((decision): Claim => {
      const about = aboutDecision(arm, decision, 'different');
      return { ...plain, ...about, against: 'control', tolerance: evenCoin, required: false };
    }),
  );
}

/** Largest difference between the score distributions that is of no interest. */
const distributionTolerance = 0.02;

/** Shown for every shadow of a numeric decision; its counts are also the ground of the effect sizes (PSI and its kin). */
function distributionClaims(arms: readonly Arm[], decisions: readonly Decision[]): Claim[] {
  const metric = metricAt('pairedKs')?.metric;
  const numeric = decisions.filter((decision) => metric?.applies(decision.kind) && !metric.whyUnfit?.(decision));
  return arms
    .filter(({ role }) => role !== 'control')
    .flatMap((arm) =>
      numeric.map((decision): Claim => {
        const about = aboutDecision(arm, decision, 'paired-ks');
        return { ...plain, ...about, against: 'limit', tolerance: distributionTolerance, required: false };
      }),
    );
}

function aboutArm(arm: Arm, metric: string) {
  return { id: `${arm.name}.${metric}`, arm: arm.name, decision: null, metric };
}

function aboutDecision(arm: Arm, decision: Decision, metric: string) {
  return { id: `${arm.name}.${decision.name}.${metric}`, arm: arm.name, decision: decision.name, metric };
}
