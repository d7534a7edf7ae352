// The experiment that a drill runs: one arm with a planted regression at an existing arm's target, and the claims that must fall with it.
import { shareErrorBudget } from '../core/judge/error-budget.ts';
import { metricOf } from '../core/judge/observe.ts';
import type { Arm, Decision, Experiment } from '../model.ts';
import { type DrillConfig, drillName, plantedArm } from './drill-config.ts';
import type { EffectiveConfig } from './effective.ts';

/** Times, rows and seed are those of the experiment whose arm is asked: a drill must meet what an ordinary run meets. */
export function drillExperiment(
  drill: DrillConfig,
  { experiments, decisions, alpha }: Pick<EffectiveConfig, 'experiments' | 'decisions' | 'alpha'>,
): Experiment {
  const of = experiments.find(({ name }) => name === drill.experiment) as Experiment;
  const asked = of.arms.find(({ name }) => name === drill.arm) as Arm;
  const { target, deadlineMs } = asked;
  const { perturbations, stopWhen, share, maxRequests, maxRequestsPerSecond } = drill;
  const { blastRadius: most, bucketMs, joinDeadlineMs, warmUpRequests, readyTimeoutMs, rows, seed } = of;
  const claims = decisions
    .filter(({ name }) => drill.decisions.includes(name))
    .map((decision) => claimOf(decision, { tolerance: drill.tolerance, rows }));
  return {
    name: drillName,
    arms: [{ name: plantedArm, role: 'fault', target, perturbations, faults: [], deadlineMs }],
    hypotheses: shareErrorBudget(claims, { alpha, alphaHolds: alpha }),
    blastRadius: {
      ...most,
      maxRequestsPerSecond: Math.min(most.maxRequestsPerSecond, maxRequestsPerSecond),
      maxRequests: Math.min(most.maxRequests, maxRequests),
    },
    stopWhen,
    gate: null,
    ...{ rows, share, warmUpRequests, readyTimeoutMs, bucketMs, joinDeadlineMs, seed },
    maxPairs: null,
    maxTimeMs: drill.withinMs,
    epochMs: null,
    candidates: [],
    start: 'on-request',
    // Other runs go on beside it, those that break something too.
    alone: false,
  };
}

/** Not required: a run whose required claims are decided ends, and an alert that ends at once can hardly be seen to arrive. */
function claimOf(
  { name: decision, kind }: Decision,
  { tolerance, rows }: { tolerance: number; rows: Experiment['rows'] },
) {
  const metric = metricOf({ metric: 'flip', options: {} }).applies(kind) ? 'flip' : 'material';
  return {
    id: `${plantedArm}.${decision}.${metric}`,
    arm: plantedArm,
    ...{ decision, metric, tolerance, rows },
    options: {},
    segmentation: null,
    relation: 'bounded',
    against: 'limit',
    minActed: 0,
    required: false,
    automatic: false,
  } as const;
}
