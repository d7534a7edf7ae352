// The suite as ordinary experiments: one per version and feature, with an untouched control and one arm per fault, so that the one
// engine judges every cell. A version's whole error budget is shared over all of its cells.
import { type ChaosClaim, type ChaosConfig, claimsFor, perturbationsFor } from '../config/chaos-config.ts';
import { shareErrorBudget } from '../core/judge/error-budget.ts';
import { metricOf } from '../core/judge/observe.ts';
import type { Arm, Decision, Experiment, Hypothesis, KindUse, TargetSpec } from '../model.ts';

export interface PlannedCell {
  readonly fault: string;
  /** Null: the whole request. */
  readonly feature: string | null;
  /** Of the requests that the fault is meant to change. */
  readonly share: number;
}

export interface PlannedExperiment {
  readonly version: string;
  readonly experiment: Experiment;
  /** One per fault arm, whose name is the fault's. */
  readonly cells: readonly PlannedCell[];
}

export interface SuiteSetting {
  readonly decisions: readonly Decision[];
  readonly seed: string;
  readonly alpha: number;
}

/** In the order of the config: all of the first version, then the next. */
export function planSuite(chaos: ChaosConfig, setting: SuiteSetting): readonly PlannedExperiment[] {
  const groups = groupCells(chaos);
  return chaos.versions.flatMap(({ name, target }) => {
    const claims = groups.map(({ cells }) => [
      ...noiseClaims(setting),
      ...cells.flatMap((cell) => armClaims(chaos, cell)),
    ]);
    const { alpha } = setting;
    const shared = shareErrorBudget(claims.flat(), { alpha, alphaHolds: alpha });
    let taken = 0;
    return groups.map(({ feature, cells }, index) => {
      const hypotheses = shared.slice(taken, taken + (claims[index]?.length ?? 0));
      taken += hypotheses.length;
      const arms = [controlArm(chaos, target), ...cells.map((cell) => faultArm(chaos, { cell, target }))];
      const title = `${name}: ${feature ?? wholeRequest}`;
      const experiment = experimentOf(chaos, { name: title, arms, hypotheses, seed: setting.seed });
      return { version: name, experiment, cells };
    });
  });
}

/** What a fault is done to when it names no feature. */
export const wholeRequest = 'whole request';

function groupCells({ features, faults }: ChaosConfig): { feature: string | null; cells: PlannedCell[] }[] {
  const named = faults.flatMap((fault) => fault.features ?? []);
  const all = [...features, ...new Set(named.filter((name) => !features.includes(name))), null];
  const groups = all.map((feature) => ({
    feature,
    cells: faults
      .filter((fault) => (feature === null ? fault.features === null : fault.features?.includes(feature)))
      .map(({ name, perturbations, faults: transport }) => ({
        fault: name,
        feature,
        share: shareOf([...perturbations, ...transport]),
      })),
  }));
  return groups.filter(({ cells }) => cells.length > 0);
}

/** Each chooses its requests on its own: this part is chosen by at least one. */
function shareOf(uses: readonly KindUse[]): number {
  const missed = uses.reduce((left, { options }) => left * (1 - Number(options.share ?? 1)), 1);
  return Number((1 - missed).toPrecision(12));
}

function controlArm({ deadlineMs }: ChaosConfig, target: TargetSpec): Arm {
  return { name: 'control', role: 'control', target, perturbations: [], faults: [], deadlineMs };
}

function faultArm(
  { faults, deadlineMs }: ChaosConfig,
  { cell, target }: { readonly cell: PlannedCell; readonly target: TargetSpec },
): Arm {
  const { perturbations = [], faults: transport = [] } = faults.find(({ name }) => name === cell.fault) ?? {};
  // By the fault's name, every version and feature has the same requests changed.
  const done = { perturbations: perturbationsFor(perturbations, cell.feature), faults: transport };
  return { name: cell.fault, role: 'fault', target, ...done, deadlineMs };
}

type Unshared = Omit<Hypothesis, 'alphaViolated' | 'alphaHolds'>;

function armClaims(chaos: ChaosConfig, { fault, feature }: PlannedCell): readonly Unshared[] {
  return claimsFor(chaos, { fault, feature }).map((claim) => claimOf(fault, claim));
}

function claimOf(arm: string, { metric, decision, options, relation, tolerance, minActed }: ChaosClaim): Unshared {
  const id = [arm, decision, metric, relation === 'bounded' ? null : relation].filter((part) => part !== null);
  const plain = { segmentation: null, rows: 'single', against: 'limit', required: true, automatic: false } as const;
  return { id: id.join('.'), arm, decision, metric, options, relation, tolerance, minActed, ...plain };
}

/** Most that an untouched version may differ from itself. */
const noiseTolerance = 0.01;

/** The same request twice: what a version does to itself without any fault. */
function noiseClaims({ decisions }: SuiteSetting): readonly Unshared[] {
  return decisions.map(({ name: decision, kind }) => {
    const flip = metricOf({ metric: 'flip', options: {} });
    const metric = flip.applies(kind) ? 'flip' : 'material';
    return claimOf('control', {
      metric,
      decision,
      options: {},
      relation: 'bounded',
      tolerance: noiseTolerance,
      minActed: 0,
    });
  });
}

const unlimited = Number.MAX_SAFE_INTEGER;

/** The traffic itself bounds it: so many requests, so many of them open, and nothing of it reaches production. */
function experimentOf(
  { inFlight, warmUpRequests, bucketMs, deadlineMs, traffic }: ChaosConfig,
  own: Pick<Experiment, 'name' | 'arms' | 'hypotheses' | 'seed'>,
): Experiment {
  return {
    ...own,
    blastRadius: {
      maxRequestsPerSecond: unlimited,
      maxInFlightPerArm: inFlight,
      maxBodyBytes: unlimited,
      maxBytesPerSecond: unlimited,
      maxRequests: traffic.requests,
    },
    stopWhen: [],
    gate: null,
    rows: 'single',
    share: 1,
    maxPairs: null,
    maxTimeMs: unlimited,
    epochMs: null,
    warmUpRequests,
    readyTimeoutMs: 60_000,
    bucketMs,
    joinDeadlineMs: deadlineMs + 1000,
    candidates: [],
    start: 'on-request',
  };
}
