// The gate: may this candidate go on? A pure decision over facts. Every state that applies is found and the worst wins; PASS is
// what is left when positive, fresh, unbiased evidence stands on every required hypothesis, and nothing else becomes PASS.
import type { GateDecision, GateVerdict } from '../../model.ts';
import type { GateFacts } from './gate-facts.ts';
import { type GateFinding, gateRules } from './gate-rules.ts';

/** Worst first. */
export const gateOrder = [
  'ABORTED',
  'ERROR',
  'BIASED',
  'FAIL',
  'NO_DATA',
  'STALE',
  'TIMEOUT',
  'INCONCLUSIVE',
  'PASS',
] as const satisfies readonly GateVerdict[];

/** 1, 2 and 126–165 are never used: they mean a crash or a signal. */
export const gateExitCodes: Readonly<Record<GateVerdict, number>> = {
  PASS: 0,
  FAIL: 10,
  INCONCLUSIVE: 11,
  NO_DATA: 12,
  STALE: 13,
  TIMEOUT: 14,
  ABORTED: 15,
  BIASED: 16,
  ERROR: 20,
};

/** Judges the facts. Total: facts that make no sense are an ERROR, never a PASS. O(hypotheses). */
export function decideGate(facts: GateFacts): GateDecision {
  const findings = gateRules.flatMap((rule) => rule(facts));
  if (findings.length === 0) return isProven(facts) ? pass(facts) : decisionOf([unexplained]);
  return decisionOf(findings);
}

function decisionOf(findings: readonly GateFinding[]): GateDecision {
  const worstFirst = [...findings].sort((first, second) => rank(first) - rank(second));
  const [worst] = worstFirst as [GateFinding];
  return {
    verdict: worst.verdict,
    exitCode: gateExitCodes[worst.verdict],
    reasonCode: worst.code,
    reasons: worstFirst.map(({ sentence }) => sentence),
  };
}

/** Findings that stay true as long as the run lasts; everything else may clear while it goes on. */
const latchingCodes: readonly string[] = ['violated', 'control_differs', 'identity_mismatch', 'failed_before'];

/** Whether waiting can still change the answer: the run goes on, and nothing that latches was found. */
export function isGateFinal(facts: GateFacts, { verdict, reasonCode }: GateDecision): boolean {
  const goesOn = facts.run.state === 'WARMING' || facts.run.state === 'RUNNING';
  return !goesOn || verdict === 'PASS' || verdict === 'ABORTED' || latchingCodes.includes(reasonCode);
}

function rank({ verdict }: GateFinding): number {
  return gateOrder.indexOf(verdict);
}

/** Said once more, positively: no missing rule can make a PASS. */
function isProven({ hypotheses }: GateFacts): boolean {
  const required = hypotheses.filter((hypothesis) => hypothesis.required);
  return required.length > 0 && required.every((hypothesis) => hypothesis.verdict === 'HOLDS');
}

const unexplained: GateFinding = {
  verdict: 'ERROR',
  code: 'facts_invalid',
  sentence: 'nothing speaks against the candidate, and not everything required is proven',
};

function pass(facts: GateFacts): GateDecision {
  const required = facts.hypotheses.filter((hypothesis) => hypothesis.required);
  return {
    verdict: 'PASS',
    exitCode: gateExitCodes.PASS,
    reasonCode: 'all_required_hold',
    // The candidate first: it is what was asked about.
    reasons: [...required]
      .sort((one, other) => Number(other.role === 'candidate') - Number(one.role === 'candidate'))
      .map(({ arm, sentence }) => `${arm}: ${sentence}`),
  };
}
