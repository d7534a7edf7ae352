// Why a claim could not be judged as written: comparisons without a fair control, and `loud` where acting is not known.
import { formatShare } from '../core/units.ts';
import { actsWheneverSelected } from '../faults/dependency.ts';
import { meantShareOf } from '../faults/swap.ts';
import type { Arm, KindUse } from '../model.ts';
import { formOf, type Limit } from './limit.ts';
import type { KnownMetric } from './metrics.ts';

export interface Unsound {
  readonly limit: Limit;
  /** Judged in each segment of this; null or absent: all requests together. */
  readonly segmentation?: string | null;
  readonly arm: Arm;
  readonly arms: readonly Arm[];
  /** False when an arm was reported: a missing control may be that one, and is not reported again. */
  readonly armsAreComplete: boolean;
}

/** Null when the limit can be judged for this metric and arm, else the reason. */
export function whyUnsound(
  { key, metric, isOfService }: KnownMetric,
  { limit, segmentation, arm, arms, armsAreComplete }: Unsound,
): string | null {
  const { onlyAgainstControl, limits, needsControl, whyNotPerSegment } = metric;
  if (segmentation != null && whyNotPerSegment) return `${key} ${whyNotPerSegment}`;
  if (limits && !limits.forms.includes(formOf(limit))) return `${key} ${limits.otherwise}`;
  if (onlyAgainstControl && limit.against === 'limit')
    return `${key} is only judged against the control: say "no more than control + 20%"`;
  if (needsControl) return whyNoControl(key, { arm, arms, armsAreComplete });
  if (limit.against === 'limit') return null;
  if (metric.needsTruth) return `${key} is judged against production by the true outcomes: say "at most …"`;
  const control = arms.find((known) => known.role === 'control');
  const instead = onlyAgainstControl ? 'say sloBreach: "at most …"' : 'say "at most …"';
  if (arm.role === 'control') return `control cannot be compared with itself: ${instead}`;
  if (!control)
    return armsAreComplete ? 'comparing with control requires an arm named control in this experiment' : null;
  if (isOfService && differsInTransport(arm, control)) {
    const [inside, outside] = arm.target?.type === 'onnx' ? [arm.name, 'control'] : ['control', arm.name];
    return `${inside} runs in process and ${outside} over the network: their ${key} cannot be compared; ${instead}`;
  }
  if (onlyAgainstControl && limit.tolerance < onlyAgainstControl.leastTolerance)
    return `${key} is judged from control + ${formatShare(onlyAgainstControl.leastTolerance)} to below control + 100%`;
  return null;
}

function whyNoControl(
  key: string,
  { arm, arms, armsAreComplete }: Pick<Unsound, 'arm' | 'arms' | 'armsAreComplete'>,
): string | null {
  if (arm.role === 'control') return `${key} compares with the control: write it under another arm`;
  const isThere = arms.some(({ role }) => role === 'control') || !armsAreComplete;
  return isThere ? null : `${key} compares with the control and requires an arm named control in this experiment`;
}

/** One runs in process, the other over the network. A candidate without a target is not known yet. */
export function differsInTransport(arm: Arm, control: Arm): boolean {
  return (
    arm.target !== null && control.target !== null && (arm.target.type === 'onnx') !== (control.target.type === 'onnx')
  );
}

/** What the proxy of a dependency does; null for every other fault. */
function doneBy({ does }: KindUse['options']): string | null {
  return typeof does === 'object' && does !== null && 'type' in does ? String(does.type) : null;
}

/** `relation: loud`: null when it can be judged, else the reason. */
export function whyNotLoud(
  arm: Arm,
  {
    arms,
    armsAreComplete,
    metrics,
    limits,
  }: Pick<Unsound, 'arms' | 'armsAreComplete'> & { metrics: readonly string[]; limits: readonly unknown[] },
): string | null {
  if (metrics.some((name) => name !== 'silentWrong'))
    return 'relation: loud is for silentWrong alone: write other metrics without a relation';
  if (limits.some((limit) => typeof limit === 'string' && !limit.startsWith('at most')))
    return 'relation: loud requires a limit "at most …"';
  if (arm.role !== 'fault') return `relation: loud is for fault arms: ${arm.name} is a ${arm.role}`;
  if (armsAreComplete && !arms.some((known) => known.role === 'control')) {
    return 'relation: loud requires a control arm: it counts requests that the control answered';
  }
  const uses = [...arm.perturbations, ...arm.faults];
  if (uses.some((use) => meantShareOf(use) === 1)) {
    return 'relation: loud compares requests on which the fault acted with others: give the fault a share below 100%';
  }
  if (arm.faults.some((use) => use.type === 'dependency' && use.options.key === undefined)) {
    return 'relation: loud requires knowing on which requests the fault acted: name the entity key of the dependency fault (key: …)';
  }
  const unsure = arm.faults
    .map(({ options }) => doneBy(options))
    .find((type) => type !== null && !actsWheneverSelected(type));
  if (unsure) return `relation: loud requires knowing on which requests the fault acted: ${unsure} leaves some alone`;
  return null;
}
