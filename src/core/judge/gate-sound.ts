// Whether the gate's facts make sense at all. What is not a number in its range is not evidence.
import type { GateArm, GateFacts, GateHypothesis } from './gate-facts.ts';

const runStates: readonly string[] = ['WARMING', 'RUNNING', 'COMPLETED', 'ABORTED', 'STOPPED'];
const verdicts: readonly string[] = ['HOLDS', 'VIOLATED', 'UNDECIDED', 'DIFFERENT', 'REGRESSED'];

export function areSound({ nowMs, run, policy, arms, hypotheses, newestPairAgeMs }: GateFacts): boolean {
  const names = new Set(arms.map(({ name }) => name));
  return (
    Number.isFinite(nowMs) &&
    isNumberOrNull(newestPairAgeMs) &&
    runStates.includes(run.state) &&
    isNumberOrNull(run.endedAt) &&
    (policy === null || [policy.minPairs, policy.validForMs, policy.staleAfterMs].every((value) => value >= 0)) &&
    names.size === arms.length &&
    arms.every(isSoundArm) &&
    hypotheses.every((hypothesis) => isSoundHypothesis(hypothesis) && names.has(hypothesis.arm))
  );
}

function isSoundArm({ pairs, received, dropped, ok, unavailable, timeout, invalid }: GateArm): boolean {
  const outcomes = [ok, unavailable, timeout, invalid];
  const counted = outcomes.reduce((sum, count) => sum + count, 0);
  return [pairs, received, dropped, ...outcomes].every(isCount) && dropped <= received && counted <= pairs;
}

function isSoundHypothesis({ n, verdict }: GateHypothesis): boolean {
  return isCount(n) && verdicts.includes(verdict) && (verdict === 'UNDECIDED' || n > 0);
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isNumberOrNull(value: number | null): boolean {
  return value === null || Number.isFinite(value);
}
