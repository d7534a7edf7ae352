import { describe, expect, it } from 'vitest';
import { explain } from '../../../../src/core/judge/explain.ts';
import { percent } from '../../../../src/core/judge/words.ts';
import type { Evidence, Hypothesis, Verdict } from '../../../../src/model.ts';
import { hypothesisOf } from './hypotheses.ts';

const some: Evidence = {
  n: 8412,
  estimate: 0.179,
  interval: [0.1681, 0.1909],
  logEUp: 99,
  logEDown: -9,
  stillNeeded: 0,
};
const none: Evidence = { n: 0, estimate: null, interval: null, logEUp: 0, logEDown: 0, stillNeeded: null };
const low: Evidence = { ...some, estimate: 0, interval: [0, 0.0006] };

interface Case {
  readonly changed?: Partial<Hypothesis>;
  readonly evidence: Evidence;
  readonly verdict: Verdict;
  readonly decidedAt?: number;
  readonly missing?: string[];
  readonly sentence: string;
}

const cases: Case[] = [
  {
    evidence: some,
    verdict: 'VIOLATED',
    decidedAt: 61,
    sentence: 'flip rate 17.9 % [16.8, 19.1] is over the limit of 1 % (decided after 61 requests)',
  },
  {
    evidence: low,
    verdict: 'HOLDS',
    decidedAt: 1558,
    sentence: 'flip rate 0 % [0, 0.06] is within the limit of 1 % (decided after 1,558 requests)',
  },
  {
    evidence: { ...low, n: 158, stillNeeded: 400 },
    verdict: 'UNDECIDED',
    sentence: 'flip rate 0 % [0, 0.06] against the limit of 1 % is not yet known: about 400 more requests at this rate',
  },
  {
    evidence: none,
    verdict: 'UNDECIDED',
    sentence: 'flip rate (no request counted yet) against the limit of 1 % is not yet known: no request counted yet',
  },
  {
    evidence: { ...some, estimate: 0.01, stillNeeded: null },
    verdict: 'UNDECIDED',
    sentence:
      'flip rate 1 % [16.8, 19.1] against the limit of 1 % is not yet known: the rate is too close to the limit to say how many requests it will take',
  },
  {
    changed: { metric: 'error', against: 'control', tolerance: 0.005 },
    evidence: { ...low, estimate: -0.001, interval: [-0.0035, 0.0033] },
    verdict: 'HOLDS',
    decidedAt: 4000,
    sentence:
      'error rate -0.1 % [-0.35, 0.33] beyond the control is within the limit of control + 0.5 % (decided after 4,000 requests)',
  },
  {
    changed: { metric: 'latency', decision: null, against: 'control', tolerance: 0.2 },
    evidence: { ...low, estimate: 0.042, interval: [-0.01, 0.09] },
    verdict: 'HOLDS',
    decidedAt: 300,
    sentence:
      'median latency 4.2 % [-1, 9] beyond the control’s is within the limit of control + 20 % (decided after 300 requests)',
  },
  {
    changed: { metric: 'latency', decision: null, against: 'control', tolerance: 0.2 },
    evidence: { ...low, estimate: 0.5, interval: [-0.9, 1e6], stillNeeded: 40 },
    verdict: 'UNDECIDED',
    sentence:
      'median latency 50 % [-90, over 100,000] beyond the control’s against the limit of control + 20 % is not yet known: about 40 more requests at this latency',
  },
  {
    changed: { metric: 'mean-difference' },
    evidence: { ...low, estimate: 0.004, interval: [0.001, 0.012], stillNeeded: 700 },
    verdict: 'UNDECIDED',
    sentence:
      'mean difference 0.4 % [0.1, 1.2] against the limit of 1 % is not yet known: about 700 more requests at this mean',
  },
  {
    changed: { metric: 'mean-difference', against: 'control' },
    evidence: { ...low, estimate: -0.001, interval: [-0.004, 0.002] },
    verdict: 'HOLDS',
    decidedAt: 900,
    sentence:
      'mean difference -0.1 % [-0.4, 0.2] beyond the control is within the limit of control + 1 % (decided after 900 requests)',
  },
  {
    changed: { metric: 'bias', tolerance: 0.02 },
    evidence: { ...low, estimate: -0.031, interval: [-0.034, -0.028] },
    verdict: 'VIOLATED',
    decidedAt: 400,
    sentence: 'bias -3.1 % [-3.4, -2.8] is over the limit of ±2 % (decided after 400 requests)',
  },
  {
    changed: { metric: 'paired-ks', tolerance: 0.02 },
    evidence: { ...low, estimate: 0.02, interval: [0, 0.05], stillNeeded: null },
    verdict: 'UNDECIDED',
    sentence:
      'paired KS distance 2 % [0, 5] against the limit of 2 % is not yet known: the distance is too close to the limit to say how many requests it will take',
  },
  {
    changed: { metric: 'paired-ks', against: 'control', tolerance: 0.02 },
    evidence: { ...low, estimate: 0.004, interval: [0, 0.018] },
    verdict: 'HOLDS',
    decidedAt: 1200,
    sentence:
      'paired KS distance 0.4 % [0, 1.8] from the control is within the limit of 2 % (decided after 1,200 requests)',
  },
  {
    changed: { metric: 'psi', tolerance: 0.2 },
    evidence: { ...low, estimate: 0.0312, interval: [0, 1.2345], stillNeeded: 9000 },
    verdict: 'UNDECIDED',
    sentence:
      'PSI 0.0312 [0, 1.23] against the limit of 0.2 is not yet known: about 9,000 more requests at this PSI; a limit on PSI is slow to prove, paired KS (pairedKs: at most 2%) proves likeness sooner',
  },
  {
    changed: { metric: 'psi', tolerance: 0.2 },
    evidence: { ...low, estimate: 0.354, interval: [0.21, 0.6] },
    verdict: 'VIOLATED',
    decidedAt: 2000,
    sentence: 'PSI 0.354 [0.21, 0.6] is over the limit of 0.2 (decided after 2,000 requests)',
  },
  {
    changed: { metric: 'low-confidence', options: { bar: 0.6 }, tolerance: 0.1 },
    evidence: some,
    verdict: 'VIOLATED',
    decidedAt: 70,
    sentence: 'low-confidence rate 17.9 % [16.8, 19.1] is over the limit of 10 % (decided after 70 requests)',
  },
  {
    changed: { relation: 'sensitive', tolerance: 0.05 },
    evidence: some,
    verdict: 'HOLDS',
    decidedAt: 300,
    sentence: 'flip rate 17.9 % [16.8, 19.1] reaches the expected least of 5 % (decided after 300 requests)',
  },
  {
    changed: { relation: 'sensitive', tolerance: 0.05 },
    evidence: low,
    verdict: 'VIOLATED',
    decidedAt: 300,
    sentence: 'flip rate 0 % [0, 0.06] stays below the expected least of 5 % (decided after 300 requests)',
  },
  {
    changed: { relation: 'invariant', tolerance: 0.9 },
    evidence: low,
    verdict: 'HOLDS',
    decidedAt: 5605,
    sentence: 'flip rate 0 % [0, 0.06] is within the limit of 0.1 % (decided after 5,605 requests)',
  },
  {
    changed: { relation: 'loud', metric: 'silent-wrong' },
    evidence: low,
    verdict: 'UNDECIDED',
    missing: ['the arm answered ok on 0 of 200 requests without the fault'],
    sentence:
      'silent-wrong rate 0 % [0, 0.06] against the limit of 1 % is not yet known: the arm answered ok on 0 of 200 requests without the fault',
  },
];

describe('explain', () => {
  it.each(cases)('$sentence', ({ changed, evidence, verdict, decidedAt = null, missing = [], sentence }) => {
    expect(explain({ hypothesis: hypothesisOf(changed), evidence, verdict, decidedAt, missing })).toBe(sentence);
  });
});

describe('percent', () => {
  it.each([
    [0, '0 %'],
    [0.179, '17.9 %'],
    [0.0231, '2.31 %'],
    [0.001, '0.1 %'],
    [0.00006, '0.006 %'],
    [0.1, '10 %'],
    [1, '100 %'],
    [-0.0055, '-0.55 %'],
    [1e-9, '0.0000001 %'],
  ])('%d is %s', (fraction, text) => {
    expect(percent(fraction)).toBe(text);
  });
});
