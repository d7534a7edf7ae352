// Rules of an experiment that need more than one of its sections: times that must fit, faults that must be stoppable,
// numbers that could never be reached.
import { metricNamed } from '../core/compare/index.ts';
import { batchStatistics, isOfRows } from '../core/judge/observe-batch.ts';
import { formatDuration } from '../core/units.ts';
import type { Arm, BlastRadius, GatePolicy, RowsPolicy } from '../model.ts';
import { checkSharedDependencies } from './dependency-fault.ts';
import type { Claim } from './hypotheses.ts';
import { whyNeverRecovers } from './process-faults.ts';
import { childOf, nameOf, type Spot } from './shape.ts';

export interface ReadParts {
  readonly arms: readonly Arm[];
  readonly claims: readonly Claim[];
  readonly rows: RowsPolicy;
  readonly gate: GatePolicy | null;
  readonly blastRadius: BlastRadius | null;
  readonly maxPairs: number | null;
  /** joinDeadline as written in the experiment and at the top; null where it is not. */
  readonly join: { readonly ownMs: number | null; readonly topMs: number | null };
}

export function checkExperiment(
  spot: Spot,
  { arms, claims, rows, gate, blastRadius, maxPairs, join }: ReadParts,
): void {
  checkFaults(spot, arms);
  checkRecovery(spot, { arms, claims });
  checkSharedDependencies(spot, arms);
  checkArmDeadlines(spot, { arms, join });
  if (rows === 'batch') checkBatches(childOf(spot, 'rows'), claims);
  if (gate && blastRadius) checkReach(spot, { minPairs: gate.minPairs, total: blastRadius.maxRequests, maxPairs });
}

/** Between a request's arrival and its dispatch lie the copy's way and the journal. */
const leastJoinMarginMs = 100;

function checkArmDeadlines({ path, problems }: Spot, { arms, join }: Pick<ReadParts, 'arms' | 'join'>): void {
  const joinMs = join.ownMs ?? join.topMs;
  if (joinMs === null) return;
  const at = join.ownMs === null ? ['joinDeadline'] : [...path, 'joinDeadline'];
  const [slowest] = [...arms].sort((one, other) => other.deadlineMs - one.deadlineMs);
  if (!slowest || slowest.deadlineMs + leastJoinMarginMs <= joinMs) return;
  const arm = `${nameOf([...path, 'arms', slowest.name])} (${formatDuration(slowest.deadlineMs)})`;
  const why =
    slowest.deadlineMs > joinMs
      ? `is shorter than the deadline of ${arm}: its late answers would count as timeouts`
      : `requires at least ${formatDuration(leastJoinMarginMs)} more than the deadline of ${arm}: what arrives at a bucket's end would be dropped as late`;
  problems.at(at, `joinDeadline (${formatDuration(joinMs)}) ${why}`);
}

function checkFaults(spot: Spot, arms: readonly Arm[]): void {
  const fault = arms.find((arm) => arm.role === 'fault');
  if (!fault || childOf(spot, 'stopWhen').value !== undefined) return;
  spot.problems.atKey(
    spot.path,
    `an experiment with a fault arm (${fault.name}) requires stopWhen, such as stopWhen: [production.p99 above 250ms]`,
  );
}

function checkRecovery({ path, problems }: Spot, { arms, claims }: Pick<ReadParts, 'arms' | 'claims'>): void {
  for (const claim of claims) {
    const arm = arms.find(({ name }) => name === claim.arm);
    const why = arm ? whyNeverRecovers(arm, claim) : null;
    const subject = claim.decision === null ? claim.arm : `${claim.arm}.${claim.decision}`;
    const entry = claim.segmentation === null ? subject : `${subject} per ${claim.segmentation}`;
    if (why !== null) problems.atKey([...path, 'expect', entry, 'recovered'], why);
  }
}

/** A batch is one number; what needs each row's own label, truth or place in a distribution has none. */
function checkBatches({ path, problems }: Spot, claims: readonly Claim[]): void {
  for (const { id, metric, options, relation, against } of claims) {
    const known = metricNamed(metric, options);
    const isJudged =
      known !== undefined &&
      relation !== 'loud' &&
      !known.needsTruth &&
      (!isOfRows(known) || batchStatistics[known.statistic(against)] !== undefined);
    if (!isJudged)
      problems.at(
        path,
        `rows: batch cannot judge ${id}: it is about single rows; use flip, material or meanDifference`,
      );
  }
}

function checkReach(
  { path, problems }: Spot,
  { minPairs, total, maxPairs }: { minPairs: number; total: number; maxPairs: number | null },
): void {
  const gate = [...path, 'gate', 'minPairs'];
  if (minPairs > total)
    problems.at(gate, `minPairs (${minPairs}) can never be reached: the budget's total is ${total}`);
  if (maxPairs !== null && minPairs > maxPairs)
    problems.at(gate, `minPairs (${minPairs}) can never be reached: maxPairs is ${maxPairs}`);
}
