// The worst that an experiment can do to what it reaches: every target, and every dependency behind the targets. What nobody knows
// (how often a pod calls, whether it retries) is said to be unknown.
import type { DependencyConfig, EffectiveConfig } from '../../config/effective.ts';
import { approximateSize } from '../../config/sizes-and-rates.ts';
import { whole } from '../../core/judge/words.ts';
import { otherVersionOf } from '../../faults/swap.ts';
import type { Arm, Experiment, TargetSpec } from '../../model.ts';
import { capacityOf } from '../../pipeline/allowance.ts';
import { rateText } from './say.ts';
import type { Traffic } from './traffic.ts';

export interface Setting {
  readonly config: EffectiveConfig;
  readonly traffic: Traffic;
}

export function worstCaseLines(experiment: Experiment, setting: Setting): string[] {
  return [...targetLines(experiment, setting), ...dependencyLines(experiment, setting)];
}

/** Arms that share a target add up; an arm that swaps between two versions may send all it has to either. */
function targetLines(
  { arms, blastRadius: budget, warmUpRequests: unscored }: Experiment,
  { traffic }: Setting,
): string[] {
  const { requests: burst } = capacityOf(budget);
  const most = Math.min(
    (traffic.mostRequests + unscored) * budget.maxBodyBytes,
    budget.maxBytesPerSecond * traffic.mostSeconds,
  );
  return [...byTarget(arms)].map(([target, sharing], index) => {
    const times = sharing.length;
    const names = times === 1 ? '' : ` (${sharing.map(({ name }) => name).join(', ')})`;
    const figures = [
      `${rateText(times * budget.maxRequestsPerSecond)} after at most ${whole(times * burst)} at once`,
      `${whole(times * budget.maxInFlightPerArm)} open`,
      `${approximateSize(times * budget.maxBytesPerSecond)}/s`,
      `${whole(times * (traffic.mostRequests + unscored))} requests, warm-up included, and ${approximateSize(times * most)} in the run`,
    ];
    return `${head('at worst', index)}${target}${names}: ${figures.join(', ')}`;
  });
}

function byTarget(arms: readonly Arm[]): Map<string, Arm[]> {
  const targets = new Map<string, Arm[]>();
  for (const arm of arms) {
    const other = otherVersionOf(arm);
    // Every arm that is a command has a pod of its own.
    const placed = (target: TargetSpec | null): string =>
      target?.type === 'command' ? `the pod of ${arm.name}` : placeOf(target);
    for (const place of new Set([arm.target, ...(other === null ? [] : [other])].map(placed))) {
      targets.set(place, [...(targets.get(place) ?? []), arm]);
    }
  }
  return targets;
}

/** Where a target is, in a word. */
export function placeOf(target: TargetSpec | null): string {
  if (target === null) return 'named at run start';
  if (target.type === 'http') return target.url;
  return target.type === 'onnx' ? `${target.file} in process` : `${target.command.join(' ')} (started by penumbra)`;
}

/** A pod behind a network may ask any of them; a model in process asks none. */
function dependencyLines(experiment: Experiment, { config, traffic }: Setting): string[] {
  const pods = experiment.arms.filter(({ target }) => target?.type !== 'onnx');
  if (pods.length === 0) return [];
  const declared = config.dependencies ?? [];
  if (declared.length === 0) {
    return [
      `${head('behind', 0)}no dependencies are declared: what the pods call behind themselves is neither counted nor capped here`,
    ];
  }
  return declared.map(
    (one, index) => `${head('behind', index)}${callsText(one, { pods: pods.length, experiment, traffic })}`,
  );
}

interface Calling {
  readonly pods: number;
  readonly experiment: Experiment;
  readonly traffic: Traffic;
}

function callsText({ name, protocol, caps, callsPerRequest }: DependencyConfig, calling: Calling): string {
  const { pods, experiment, traffic } = calling;
  const perSecond = pods * (callsPerRequest ?? 1) * experiment.blastRadius.maxRequestsPerSecond;
  const inAll = Math.ceil(pods * (callsPerRequest ?? 1) * (traffic.mostRequests + experiment.warmUpRequests));
  const isBounded = perSecond > caps.requestsPerSecond;
  const unit = protocol === 'http' ? 'calls' : 'connections';
  const more =
    callsPerRequest === undefined
      ? 'more if a request calls it more than once or a pod retries'
      : 'more if a pod retries';
  const cap = `its proxy lets ${caps.requestsPerSecond} ${unit}/s and ${caps.inFlight} under way through${isBounded ? ', and refuses the rest' : ''}`;
  return `${name}: ${amount(perSecond)} calls/s and ${whole(inAll)} in the run (${podsText(pods)} × ${callsPerRequest ?? 1} per request), ${more}; ${cap}`;
}

const amount = (value: number): string => String(Number(value.toPrecision(3)));

function podsText(pods: number): string {
  return pods === 1 ? '1 arm' : `${pods} arms, if all of them use it`;
}

function head(title: string, index: number): string {
  return `  ${(index === 0 ? title : '').padEnd(10)}`;
}
