// What a relation makes of a statistic: which limit is judged, which error rate belongs to which side, and which side speaks for
// VIOLATED. Statistics know only "above" and "below".
import type { Evidence, Hypothesis } from '../../model.ts';
import type { Claim, LogE } from '../stats/statistic.ts';

/** "Invariant" in numbers: no test can prove "never", so it is this small a rate. */
export const invariantTolerance = 0.001;

export function toleranceOf({ relation, tolerance }: Hypothesis): number {
  return relation === 'invariant' ? invariantTolerance : tolerance;
}

/** The claim that the statistic judges; `sensitive` expects the mean above the tolerance, so its two error rates change places. */
export function claimOf(hypothesis: Hypothesis): Claim {
  const { relation, alphaViolated, alphaHolds } = hypothesis;
  const tolerance = toleranceOf(hypothesis);
  return relation === 'sensitive'
    ? { tolerance, alphaViolated: alphaHolds, alphaHolds: alphaViolated }
    : { tolerance, alphaViolated, alphaHolds };
}

/** The two e-values with `up` speaking for VIOLATED and `down` for HOLDS, whatever the relation. */
export function orientLogE(logE: LogE, { relation }: Hypothesis): LogE {
  return relation === 'sensitive' ? { up: logE.down, down: logE.up } : logE;
}

/** Evidence with `logEUp` speaking for VIOLATED and `logEDown` for HOLDS, whatever the relation. */
export function orient(evidence: Evidence, hypothesis: Hypothesis): Evidence {
  if (hypothesis.relation !== 'sensitive') return evidence;
  return { ...evidence, logEUp: evidence.logEDown, logEDown: evidence.logEUp };
}
