// `gate`: how the experiment answers a release pipeline. Refused without a candidate, and without a claim about the
// candidate's answers: "no error was seen" is not evidence that a release is good.
import { canFlip } from '../core/compare/labelled.ts';
import type { Arm, Decision, GatePolicy } from '../model.ts';
import type { Claim } from './hypotheses.ts';
import { gateSchema } from './schema.ts';
import { nameOf, readShape, type Spot } from './shape.ts';

export interface GateSetting {
  readonly arms: readonly Arm[];
  readonly claims: readonly Claim[];
  readonly decisions: readonly Decision[];
  /** False when arms or expectations were reported: what depends on them is not judged again. */
  readonly isComplete: boolean;
  readonly maxTimeMs: number;
  readonly bucketMs: number;
  readonly joinDeadlineMs: number;
}

/** Metrics that say something about the answers themselves. */
const aboutAnswers: readonly string[] = ['flip', 'material', 'silent-wrong', 'mean-difference'];

export function readGate(spot: Spot, setting: GateSetting): GatePolicy | null {
  if (spot.value === undefined) return null;
  const shape = readShape(gateSchema, spot);
  if (setting.isComplete) checkCandidate(spot, setting);
  if (!shape) return null;
  const shortest = setting.bucketMs + setting.joinDeadlineMs;
  if (shape.staleAfter <= shortest) {
    spot.problems.at(
      [...spot.path, 'staleAfter'],
      'staleAfter requires more than bucket + joinDeadline: evidence is always that old',
    );
  }
  const { minPairs, validFor, staleAfter, identity } = shape;
  return { minPairs, maxTimeMs: setting.maxTimeMs, validForMs: validFor, staleAfterMs: staleAfter, identity };
}

function checkCandidate({ path, problems }: Spot, { arms, claims, decisions }: GateSetting): void {
  const candidate = arms.find((arm) => arm.role === 'candidate');
  if (!candidate) {
    problems.atKey(path, `${nameOf(path)} requires a candidate arm: a gate answers whether one may be released`);
    return;
  }
  const stated = claims.filter(
    (claim) => claim.arm === candidate.name && claim.required && claim.relation !== 'sensitive',
  );
  if (stated.some((claim) => aboutAnswers.includes(claim.metric))) return;
  const [decision] = decisions;
  const example = decision && !canFlip(decision.kind) ? 'material: at most 5%' : 'flip: at most 5%';
  problems.atKey(
    path,
    `candidates have no default flip tolerance: the config must say one, such as expect: {${candidate.name}.${decision?.name ?? 'DECISION'}: {${example}}}`,
  );
}
