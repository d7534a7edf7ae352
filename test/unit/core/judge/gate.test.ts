import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideGate, gateExitCodes, gateOrder, isGateFinal } from '../../../../src/core/judge/gate.ts';
import type { GateArm, GateFacts, GateHypothesis } from '../../../../src/core/judge/gate-facts.ts';
import type { GateVerdict, RunState } from '../../../../src/model.ts';

const candidate: GateArm = {
  name: 'v2',
  role: 'candidate',
  pairs: 2000,
  received: 2100,
  dropped: 0,
  ok: 1990,
  unavailable: 0,
  timeout: 0,
  invalid: 0,
};
const control: GateArm = { ...candidate, name: 'control', role: 'control' };
const flip: GateHypothesis = {
  id: 'v2.late.flip',
  arm: 'v2',
  role: 'candidate',
  metric: 'flip',
  required: true,
  automatic: false,
  verdict: 'HOLDS',
  n: 1990,
  sentence: 'flip rate 0 % is within the limit of 1 %',
};
const error: GateHypothesis = { ...flip, id: 'v2.error', metric: 'error', automatic: true };
const noise: GateHypothesis = { ...flip, id: 'control.late.flip', arm: 'control', role: 'control' };

const good: GateFacts = {
  nowMs: 1_000_000,
  run: { state: 'COMPLETED', endReason: 'decided', endedAt: 900_000 },
  policy: { minPairs: 1000, maxTimeMs: 1_800_000, validForMs: 86_400_000, staleAfterMs: 120_000, identity: 'checked' },
  candidate: { given: null, seen: '2' },
  arms: [control, candidate],
  hypotheses: [noise, flip, error],
  newestPairAgeMs: 100_000,
  isKilled: false,
  hasTimedOut: false,
  errors: [],
};
const running: GateFacts = { ...good, run: { state: 'RUNNING', endReason: null, endedAt: null } };

const withArm = (changed: Partial<GateArm>, facts = good): GateFacts => ({
  ...facts,
  arms: facts.arms.map((arm) => (arm.role === 'candidate' ? { ...arm, ...changed } : arm)),
});
const withHypothesis = (id: string, changed: Partial<GateHypothesis>, facts = good): GateFacts => ({
  ...facts,
  hypotheses: facts.hypotheses.map((one) => (one.id === id ? { ...one, ...changed } : one)),
});
const inState = (state: RunState, facts = good): GateFacts => ({ ...facts, run: { ...facts.run, state } });
const withPolicy = (changed: Partial<NonNullable<GateFacts['policy']>>, facts = good): GateFacts => ({
  ...facts,
  policy: { ...(facts.policy as NonNullable<GateFacts['policy']>), ...changed },
});

describe('each state', () => {
  it('PASS: all required hold, finished or still running and fresh', () => {
    expect(decideGate(good)).toMatchObject({ verdict: 'PASS', exitCode: 0, reasonCode: 'all_required_hold' });
    expect(decideGate(running)).toMatchObject({ verdict: 'PASS' });
    expect(decideGate(good).reasons).toHaveLength(3);
  });

  it.each<[GateVerdict, string, GateFacts]>([
    ['ABORTED', 'killed', { ...good, isKilled: true }],
    ['ABORTED', 'run_aborted', inState('ABORTED')],
    ['ABORTED', 'run_stopped', inState('STOPPED')],
    ['ERROR', 'identity_unknown', { ...good, candidate: { given: null, seen: null } }],
    ['ERROR', 'identity_unknown', { ...good, candidate: { given: 'sha256:aa', seen: null } }],
    ['ERROR', 'identity_mismatch', { ...good, candidate: { given: 'sha256:aa', seen: 'sha256:bb' } }],
    ['ERROR', 'identity_mismatch', { ...good, candidate: { given: '2', seen: '3' } }],
    ['ERROR', 'facts_unreadable', { ...good, errors: ['the store cannot be read'] }],
    ['ERROR', 'facts_invalid', withArm({ dropped: Number.NaN })],
    ['ERROR', 'facts_invalid', withArm({ ok: 3000 })],
    ['ERROR', 'facts_invalid', { ...good, arms: [control] }],
    ['ERROR', 'facts_invalid', withHypothesis('v2.error', { n: 0 })],
    ['ERROR', 'facts_invalid', { ...good, newestPairAgeMs: Number.NaN }],
    ['ERROR', 'facts_invalid', withPolicy({ minPairs: Number.NaN })],
    ['BIASED', 'drops', withArm({ dropped: 106 })],
    ['BIASED', 'control_differs', withHypothesis('control.late.flip', { verdict: 'VIOLATED' })],
    ['BIASED', 'control_differs', withHypothesis('control.late.flip', { verdict: 'VIOLATED', required: false })],
    ['BIASED', 'control_differs', withHypothesis('control.late.flip', { verdict: 'VIOLATED', automatic: true })],
    ['FAIL', 'violated', withHypothesis('v2.late.flip', { verdict: 'VIOLATED' })],
    ['NO_DATA', 'too_few_pairs', withArm({ pairs: 999, ok: 999 })],
    ['NO_DATA', 'arm_never_ok', withArm({ ok: 0 })],
    ['NO_DATA', 'warming_up', inState('WARMING')],
    ['NO_DATA', 'no_gate', { ...good, policy: null }],
    ['NO_DATA', 'nothing_required', { ...good, hypotheses: [] }],
    ['NO_DATA', 'nothing_required', { ...good, hypotheses: [noise, error] }],
    ['NO_DATA', 'no_observations', withHypothesis('v2.late.flip', { verdict: 'UNDECIDED', n: 0 })],
    ['STALE', 'stale', { ...running, newestPairAgeMs: 120_001 }],
    ['STALE', 'stale', { ...running, newestPairAgeMs: null }],
    ['STALE', 'clock', { ...running, newestPairAgeMs: -30_001 }],
    ['STALE', 'expired', { ...good, nowMs: 900_000 + 86_400_001 }],
    ['STALE', 'expired', { ...good, run: { ...good.run, endedAt: null } }],
    ['STALE', 'clock', { ...good, nowMs: 869_999 }],
    ['TIMEOUT', 'wait_elapsed', { ...good, hasTimedOut: true }],
    ['INCONCLUSIVE', 'undecided', withHypothesis('v2.late.flip', { verdict: 'UNDECIDED' })],
    ['INCONCLUSIVE', 'arm_unavailable', withArm({ ok: 1899, unavailable: 101 })],
    ['INCONCLUSIVE', 'arm_unanswered', withArm({ ok: 1000, timeout: 1000 })],
    ['INCONCLUSIVE', 'arm_unanswered', withArm({ ok: 1000, invalid: 1000 })],
    ['INCONCLUSIVE', 'arm_unanswered', withArm({ ok: 1899, timeout: 51, invalid: 50 })],
  ])('%s (%s)', (verdict, reasonCode, facts) => {
    expect(decideGate(facts)).toMatchObject({ verdict, reasonCode, exitCode: gateExitCodes[verdict] });
  });

  it.each<[string, GateFacts]>([
    ['drops of exactly 5 %', withArm({ dropped: 105 })],
    ['freshness does not bind a finished run', { ...good, newestPairAgeMs: 80_000_000 }],
    ['a PASS lives until validFor is over', { ...good, nowMs: 900_000 + 86_400_000 }],
    [
      'identity is unchecked when the config says so',
      withPolicy({ identity: 'unchecked' }, { ...good, candidate: { given: null, seen: null } }),
    ],
    ['a declared digest beside a stated version', { ...good, candidate: { given: 'sha256:aa', seen: '2' } }],
    ['5 % unavailable', withArm({ ok: 1900, unavailable: 100 })],
    ['5 % timeouts and invalid answers', withArm({ ok: 1900, timeout: 50, invalid: 50 })],
    [
      'timeouts are judged by their own hypothesis',
      withArm(
        { ok: 1899, timeout: 101 },
        { ...good, hypotheses: [...good.hypotheses, { ...flip, id: 'v2.timeout', metric: 'timeout' }] },
      ),
    ],
    [
      'an advisory hypothesis is violated',
      { ...good, hypotheses: [...good.hypotheses, { ...flip, id: 'a', required: false, verdict: 'VIOLATED' }] },
    ],
    [
      'unavailable is judged by its own hypothesis',
      withArm(
        { ok: 1899, unavailable: 101 },
        { ...good, hypotheses: [...good.hypotheses, { ...flip, id: 'b', metric: 'available' }] },
      ),
    ],
    [
      'few drops do not bias below 100 received',
      {
        ...withPolicy({ minPairs: 10 }, withArm({ received: 99, pairs: 50, ok: 50, dropped: 40 })),
        hypotheses: [noise, { ...flip, n: 50 }, { ...error, n: 50 }],
      },
    ],
  ])('still PASS: %s', (_, facts) => {
    expect(decideGate(facts)).toMatchObject({ verdict: 'PASS', reasonCode: 'all_required_hold' });
  });

  it('gates fault arms where there is no candidate', () => {
    const arms = [control, { ...candidate, name: 'slow', role: 'fault' as const }];
    const loud = { ...flip, arm: 'slow', role: 'fault' as const };
    expect(decideGate({ ...good, arms, hypotheses: [loud] }).verdict).toBe('PASS');
    expect(decideGate({ ...good, arms, hypotheses: [noise] }).verdict).toBe('NO_DATA');
  });
});

describe('the truth table', () => {
  // One flag a row, each turning the good facts bad in one way, with the state it stands for.
  const flags: readonly [GateVerdict, (facts: GateFacts) => GateFacts][] = [
    ['ABORTED', (facts) => ({ ...facts, isKilled: true })],
    ['ERROR', (facts) => ({ ...facts, candidate: { given: null, seen: null } })],
    ['BIASED', (facts) => withArm({ dropped: 200 }, facts)],
    ['BIASED', (facts) => withHypothesis('control.late.flip', { verdict: 'VIOLATED' }, facts)],
    ['FAIL', (facts) => withHypothesis('v2.late.flip', { verdict: 'VIOLATED' }, facts)],
    ['NO_DATA', (facts) => withPolicy({ minPairs: 5000 }, facts)],
    ['NO_DATA', (facts) => withArm({ ok: 0 }, facts)],
    ['STALE', (facts) => ({ ...facts, newestPairAgeMs: 200_000 })],
    ['TIMEOUT', (facts) => ({ ...facts, hasTimedOut: true })],
    ['INCONCLUSIVE', (facts) => withHypothesis('v2.error', { verdict: 'UNDECIDED' }, facts)],
    ['INCONCLUSIVE', (facts) => withArm({ unavailable: 500, ok: Math.min(1500, facts.arms[1]?.ok ?? 0) }, facts)],
  ];

  it('has exactly one cell that passes, and the worst state wins in every other', () => {
    let passed = 0;
    for (let cell = 0; cell < 2 ** flags.length; cell++) {
      const raised = flags.filter((_, index) => (cell & (1 << index)) !== 0);
      const facts = raised.reduce((before, [, raise]) => raise(before), running);
      const expected = gateOrder.find((state) => raised.some(([verdict]) => verdict === state)) ?? 'PASS';
      const decision = decideGate(facts);
      if (decision.verdict !== expected)
        expect({ cell, verdict: decision.verdict }).toEqual({ cell, verdict: expected });
      if (decision.exitCode === 0) passed += 1;
      if (raised.length > 0) expect(decision.reasons.length).toBeGreaterThanOrEqual(raised.length);
    }
    expect(passed).toBe(1);
  });

  it('gives every state its own exit code, none of which a crash or a signal can produce', () => {
    const codes = Object.values(gateExitCodes);
    expect(new Set(codes).size).toBe(gateOrder.length);
    expect(codes.filter((code) => code === 1 || code === 2 || code >= 126)).toEqual([]);
    expect(gateExitCodes).toEqual({
      PASS: 0,
      FAIL: 10,
      INCONCLUSIVE: 11,
      NO_DATA: 12,
      STALE: 13,
      TIMEOUT: 14,
      ABORTED: 15,
      BIASED: 16,
      ERROR: 20,
    });
  });

  it('never passes on broken facts', () => {
    const broken = fc.constantFrom(Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, undefined, null, '2000');
    const field = fc.constantFrom('pairs', 'received', 'dropped', 'ok', 'unavailable', 'timeout', 'invalid');
    fc.assert(
      fc.property(field, broken, (name, value) => {
        expect(decideGate(withArm({ [name]: value })).verdict).not.toBe('PASS');
      }),
    );
    fc.assert(
      fc.property(fc.constantFrom('n', 'verdict'), broken, (name, value) => {
        expect(decideGate(withHypothesis('v2.late.flip', { [name]: value })).verdict).not.toBe('PASS');
      }),
    );
    for (const state of ['DONE', '', undefined]) expect(decideGate(inState(state as RunState)).verdict).toBe('ERROR');
  });
});

describe('isGateFinal', () => {
  it.each<[boolean, GateFacts]>([
    [true, good],
    [true, running],
    [true, withHypothesis('v2.late.flip', { verdict: 'VIOLATED' }, running)],
    [false, withHypothesis('v2.late.flip', { verdict: 'UNDECIDED' }, running)],
    [false, withPolicy({ minPairs: 5000 }, running)],
    [false, { ...running, newestPairAgeMs: 200_000 }],
    [true, withHypothesis('v2.late.flip', { verdict: 'UNDECIDED' })],
    [false, { ...running, errors: ['the newest evidence could not be stored yet'] }],
    [false, { ...running, arms: running.arms.map((arm) => ({ ...arm, dropped: arm.received })) }],
    [true, { ...running, candidate: { given: 'sha256:aa', seen: 'sha256:bb' } }],
    [false, { ...running, run: { ...running.run, state: 'WARMING' }, candidate: { given: null, seen: null } }],
  ])('is %s', (final, facts) => {
    expect(isGateFinal(facts, decideGate(facts))).toBe(final);
  });
});
