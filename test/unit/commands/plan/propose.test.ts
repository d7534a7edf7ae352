// Proposed limits: the first round number above what a recording leaves possible, and from when on it would have been proven.
import { describe, expect, it } from 'vitest';
import { createProposer, limitAbove, type Proposal } from '../../../../src/commands/plan/propose.ts';
import type { Arm, Decision, Experiment, Outcome, Pair, Prediction } from '../../../../src/model.ts';

const late: Decision = {
  name: 'late',
  output: 'p',
  column: null,
  kind: 'binary',
  threshold: 0.5,
  scale: null,
  material: 0.05,
};
const armOf = (name: string, role: Arm['role']): Arm => ({
  name,
  role,
  target: null,
  perturbations: [],
  faults: [],
  deadlineMs: 1,
});
const control = armOf('control', 'control');
const candidate = armOf('candidate', 'candidate');
const experiment = { arms: [control, candidate, armOf('slow', 'fault')], rows: 'single' } as unknown as Experiment;

function predictionOf(score: number): Prediction {
  return { kind: 'binary', label: String(score > 0.5), scores: [score], value: null, confidence: score };
}

function outcomeOf(score: number | null): Outcome {
  const rest = { reason: null, latencyMs: 1, answer: null, faultActed: null };
  if (score === null) return { ...rest, status: 'timeout', predictions: null };
  return { ...rest, status: 'ok', predictions: { late: predictionOf(score) } };
}

function pairOf(score: number, arm: number | null): Pair {
  return {
    exchangeId: 'r',
    production: { latencyMs: 1, predictions: { late: predictionOf(score) } },
    arm: outcomeOf(arm),
    control: null,
    sloLatencyMs: 100,
  };
}

function proposalsOf(pairs: readonly Pair[], { arm = candidate, decision = late } = {}): Map<string, Proposal> {
  const proposer = createProposer(experiment, { decisions: [decision], alpha: 0.01 });
  for (const pair of pairs) proposer.onPair(arm, pair);
  return new Map(proposer.proposals().map((one) => [one.hypothesis.metric, one]));
}

/** Every k-th answer flips. */
function flipping(n: number, every: number): Pair[] {
  return Array.from({ length: n }, (_, index) => pairOf(0.4, index % every === 0 ? 0.6 : 0.4));
}

describe('the rule', () => {
  it.each([
    [0, 0.001],
    [0.0009, 0.001],
    [0.001, 0.002],
    [0.031, 0.05],
    [0.05, 0.1],
    [0.49, 0.5],
    [0.5, null],
    [1, null],
  ])('an upper end of %d gives %d', (upper, limit) => {
    expect(limitAbove({ interval: [0, upper] })).toBe(limit);
  });

  it('without an interval there is no limit', () => {
    expect(limitAbove({ interval: null })).toBeNull();
  });
});

describe('proposals', () => {
  it('lie above the interval’s upper end and are proven by what was seen', () => {
    const flip = proposalsOf(flipping(3000, 50)).get('flip');
    expect(flip?.evidence.estimate).toBeCloseTo(0.02, 9);
    expect(flip?.limit).toBe(0.05);
    expect(flip?.evidence.interval?.[1]).toBeLessThan(0.05);
    // ln 100 at the growth of 2 % against 5 %, and the mixture's price.
    expect(flip?.needed).toBeGreaterThan(300);
    expect(flip?.needed).toBeLessThan(700);
  });

  it('nothing ever seen needs the fewest requests: 558 for 1 %, or 10 % more by the steps they are looked at', () => {
    const flip = proposalsOf(flipping(558, 1e9).slice(1)).get('flip');
    expect([flip?.evidence.estimate, flip?.limit]).toEqual([0, 0.02]);
    expect(flip?.needed).toBeGreaterThanOrEqual(278);
    expect(flip?.needed).toBeLessThanOrEqual(310);
  });

  it('an early stretch without flips is not taken for proof', () => {
    const pairs = [...flipping(200, 1e9).slice(1), ...flipping(300, 3), ...flipping(3000, 50)];
    const flip = proposalsOf(pairs).get('flip');
    expect(flip?.needed).toBeGreaterThan(499);
  });

  it('each metric that understands the output is there, silent-wrong for fault arms only', () => {
    expect([...proposalsOf(flipping(100, 50)).keys()]).toEqual(['flip', 'material', 'mean-difference', 'paired-ks']);
    const slow = proposalsOf(flipping(100, 50), { arm: armOf('slow', 'fault') });
    expect([...slow.keys()]).toContain('silent-wrong');
    const label: Decision = { ...late, kind: 'label', threshold: null };
    expect([...proposalsOf(flipping(100, 50), { decision: label }).keys()]).toEqual(['flip']);
  });

  it('what nobody answered gives none, and what always differs gives none to hold', () => {
    expect(proposalsOf([pairOf(0.4, null)]).size).toBe(0);
    const always = proposalsOf(flipping(100, 1)).get('flip');
    expect(always).toMatchObject({ limit: null, needed: null });
  });
});
