// Claims and watches that rest on an arm's own answer to the input of defaults alone: whether there is somebody to ask, and whether the
// question can be put at all. Found here, not after a warm-up.
import { metricNamed } from '../core/compare/index.ts';
import { type WatchSetting, watchOf } from '../core/watch/claim.ts';
import { otherVersionOf } from '../faults/swap.ts';
import type { Arm, Experiment, InputFeature } from '../model.ts';
import type { Claim } from './hypotheses.ts';
import { metricKey } from './metrics.ts';
import { childOf, entriesOf, isRecord, listed, nameOf, type Spot } from './shape.ts';

export interface Asked {
  readonly arms: readonly Arm[];
  readonly claims: readonly Claim[];
  /** Null when they were reported already. */
  readonly inputs: readonly InputFeature[] | null;
  readonly warmUpRequests: number;
}

/** Reports every claim of an experiment (`spot`) that could never learn what it needs. */
export function checkLearnedClaims(spot: Spot, { arms, claims, inputs, warmUpRequests }: Asked): void {
  for (const { arm: name, decision, metric, options } of claims) {
    if (metricNamed(metric, options)?.learn === undefined) continue;
    const arm = arms.find((one) => one.name === name);
    const why = whyNoQuestion(inputs) ?? whyNoAnswer({ arm, warmUpRequests });
    if (why === null) continue;
    const path = pathOf(childOf(spot, 'expect'), { subject: `${name}.${decision}`, key: metricKey(metric) });
    spot.problems.at(path, `${nameOf(path)} requires value, since its arm cannot be asked: ${why}`);
  }
}

/** Reports every watch (under `spot`) that no control of the config could teach. */
export function checkLearnedWatches(
  spot: Spot,
  {
    watch,
    experiments,
    inputs,
  }: { watch: WatchSetting; experiments: readonly Experiment[]; inputs: readonly InputFeature[] },
): void {
  const isTaught = experiments.some(
    ({ arms, warmUpRequests }) => warmUpRequests > 0 && arms.some(({ role }) => role === 'control'),
  );
  const nobody = 'no experiment has a control arm and a warm-up, and nothing is ever sent to production to find out';
  const why = whyNoQuestion(inputs) ?? (isTaught ? null : nobody);
  for (const claim of why === null ? [] : watch.claims) {
    if (watchOf(claim).learnDefault === undefined) continue;
    const path = [...spot.path, ...claim.id.split('.')];
    spot.problems.at(path, `${nameOf(path)} requires value, since no control can be asked: ${why}`);
  }
}

/** Why the input of defaults alone cannot be made; null when it can. */
function whyNoQuestion(inputs: readonly InputFeature[] | null): string | null {
  if (inputs === null) return null;
  if (inputs.length === 0) return 'no inputs are declared';
  const without = inputs.filter((input) => input.default === null).map(({ name }) => name);
  return without.length === 0 ? null : `no default is declared for ${listed(without)}`;
}

function whyNoAnswer({ arm, warmUpRequests }: { arm: Arm | undefined; warmUpRequests: number }): string | null {
  if (warmUpRequests === 0) return 'it is asked in the warm-up, and there is none (warmUp: 0)';
  if (arm !== undefined && otherVersionOf(arm) !== null)
    return `${arm.name} swaps two versions, which may answer differently`;
  return null;
}

/** Where the line stands: its subject may be divided by "per". */
function pathOf(expect: Spot, { subject, key }: { subject: string; key: string }): Spot['path'] {
  const entries = isRecord(expect.value) ? entriesOf(expect, '') : [];
  const found = entries.find(
    ([name, { value }]) => name.trim().split(/\s+/)[0] === subject && isRecord(value) && key in value,
  );
  return [...expect.path, found?.[0] ?? subject, key];
}
