// The suite as experiments: one arm per cell, the same requests hit in every version, and one error budget per version.
import { describe, expect, it } from 'vitest';
import { planSuite } from '../../../src/chaos/plan-suite.ts';
import type { ChaosConfig } from '../../../src/config/chaos-config.ts';
import { chaosConfig } from '../../support/chaos-suite.ts';

const decisions = [
  { name: 'late', output: 'p', column: 1, kind: 'binary', threshold: 0.5, scale: null, material: 0.05 },
] as const;
const claim = {
  metric: 'flip',
  decision: 'late',
  options: {},
  relation: 'bounded',
  tolerance: 0.05,
  minActed: 200,
} as const;
const chaos: ChaosConfig = {
  ...chaosConfig,
  expectations: [
    { about: 'all', claims: [claim, { ...claim, metric: 'silent-wrong' }] },
    { about: 'dropped', claims: [{ ...claim, metric: 'silent-wrong', relation: 'loud', tolerance: 0.01 }] },
    { about: 'stale.delay', claims: [{ ...claim, relation: 'sensitive', tolerance: 0.02 }] },
  ],
};
const planned = planSuite(chaos, { decisions, seed: '1', alpha: 0.01 });

describe('planSuite', () => {
  it('makes one experiment per version and feature, and one for the whole request', () => {
    expect(planned.map(({ experiment }) => experiment.name)).toEqual([
      'v1: delay',
      'v1: wind',
      'v1: whole request',
      'v2: delay',
      'v2: wind',
      'v2: whole request',
    ]);
    const [first] = planned;
    expect(first?.experiment.arms.map(({ name, role }) => [name, role])).toEqual([
      ['control', 'control'],
      ['stale', 'fault'],
      ['dropped', 'fault'],
    ]);
    expect(first?.experiment.arms[1]?.perturbations).toEqual([
      { type: 'zero', options: { features: ['delay'], share: 1 } },
    ]);
    expect(first?.cells.map(({ fault, share }) => [fault, share])).toEqual([
      ['stale', 1],
      ['dropped', 0.5],
    ]);
  });

  it('names arms alike in every version, so that the same requests are hit', () => {
    const armsOf = (version: string) =>
      planned.filter((one) => one.version === version).map(({ experiment }) => experiment.arms.map(({ name }) => name));
    expect(armsOf('v1')).toEqual(armsOf('v2'));
  });

  it('claims of a cell what is written most closely to it', () => {
    const claimsOf = (experiment: string, arm: string) =>
      planned
        .find((one) => one.experiment.name === experiment)
        ?.experiment.hypotheses.filter((one) => one.arm === arm)
        .map(({ metric, relation, tolerance }) => [metric, relation, tolerance]);
    expect(claimsOf('v1: delay', 'stale')).toEqual([
      ['flip', 'sensitive', 0.02],
      ['silent-wrong', 'bounded', 0.05],
    ]);
    expect(claimsOf('v1: wind', 'stale')).toEqual([
      ['flip', 'bounded', 0.05],
      ['silent-wrong', 'bounded', 0.05],
    ]);
    expect(claimsOf('v2: wind', 'dropped')).toEqual([
      ['flip', 'bounded', 0.05],
      ['silent-wrong', 'loud', 0.01],
    ]);
  });

  it('shares one error budget over all cells of a version', () => {
    for (const version of ['v1', 'v2']) {
      const all = planned.filter((one) => one.version === version).flatMap(({ experiment }) => experiment.hypotheses);
      expect(all.reduce((sum, { alphaViolated }) => sum + alphaViolated, 0)).toBeCloseTo(0.01, 12);
      expect(new Set(all.map(({ alphaHolds }) => alphaHolds))).toEqual(new Set([0.01]));
    }
  });
});
