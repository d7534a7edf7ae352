import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBinning } from '../../../../src/core/stats/crossings.ts';
import { decidedLevel } from '../../../../src/core/stats/decided-level.ts';
import { judgePsi } from '../../../../src/core/stats/psi.ts';
import { psiLimit } from '../../../../src/core/stats/psi-limit.ts';
import { zeroCounts } from '../../../../src/core/stats/statistic.ts';

const binning = createBinning();

/** n pairs of scores spread over [0, 1], the arm's made from production's. */
function countsOf(n: number, arm: (score: number) => number): number[] {
  const counts = zeroCounts(psiLimit.size);
  for (let index = 0; index < n; index++) {
    const score = ((index * 37) % 101) / 101;
    psiLimit.add(counts, [score, arm(score)]);
  }
  return counts;
}

const claimed = (alpha: number) => ({ tolerance: 0.1, alphaViolated: alpha, alphaHolds: alpha });

describe('a limit on PSI as a statistic', () => {
  it('reaches ln(1/alpha) exactly where the bound at alpha decides', () => {
    const powers = fc.double({ min: 0.3, max: 3, noNaN: true });
    const alphas = fc.double({ min: 1e-6, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(powers, fc.integer({ min: 1, max: 3000 }), alphas, (power, n, alpha) => {
        const counts = countsOf(n, (score) => score ** power);
        const { logEUp, logEDown } = psiLimit.evidence(counts, claimed(alpha));
        const goal = Math.log(1 / alpha);
        const verdict = logEUp >= goal ? 'VIOLATED' : logEDown >= goal ? 'HOLDS' : 'UNDECIDED';
        const judged = judgePsi(counts, binning, { limit: 0.1, alphaViolated: alpha, alphaHolds: alpha });
        expect(verdict).toBe(judged.verdict);
      }),
      { numRuns: 60 },
    );
  });

  it('proves likeness of identical scores within a thousand requests, and a shift too', () => {
    const same = psiLimit.evidence(
      countsOf(1000, (score) => score),
      claimed(0.01),
    );
    expect(same).toMatchObject({ n: 1000, estimate: 0, logEUp: 0, stillNeeded: 0 });
    expect(same.logEDown).toBeGreaterThan(Math.log(100));
    const shifted = psiLimit.evidence(
      countsOf(2000, (score) => score ** 2),
      claimed(0.01),
    );
    expect(shifted).toMatchObject({ logEDown: 0, stillNeeded: 0 });
    expect(shifted.logEUp).toBeGreaterThan(Math.log(100));
  });

  it('says how many more requests of the same kind it takes, within a factor of two', () => {
    for (const arm of [(score: number) => score, (score: number) => score ** 2]) {
      const { n, stillNeeded } = psiLimit.evidence(countsOf(202, arm), claimed(0.01));
      const foretold = n + (stillNeeded as number);
      const isDecided = (times: number): boolean =>
        psiLimit.evidence(countsOf(Math.round(times * foretold), arm), claimed(0.01)).stillNeeded === 0;
      expect([isDecided(0.5), isDecided(2)]).toEqual([false, true]);
    }
  });

  it('is undecided at every alpha with few requests, which is a level of 0', () => {
    expect(
      psiLimit.logE(
        countsOf(20, (score) => score),
        0.1,
      ),
    ).toEqual({ up: 0, down: 0 });
  });
});

describe('decidedLevel', () => {
  it.each([1e-3, 0.5, 4.6, 17, 99.9])('finds %d, from below', (root) => {
    for (const margin of [
      (level: number) => root - level,
      (level: number) => root ** 2 - level ** 2,
      (level: number) => Math.exp(-level) - Math.exp(-root),
    ]) {
      const found = decidedLevel(margin);
      expect(found).toBeLessThanOrEqual(root);
      expect(found).toBeGreaterThan(root * (1 - 1e-8) - 1e-12);
    }
  });

  it('is 0 where nothing decides and 100 where all does', () => {
    let evaluations = 0;
    const constant = (margin: number) => () => {
      evaluations += 1;
      return margin;
    };
    expect([decidedLevel(constant(-1)), decidedLevel(constant(Number.NaN)), evaluations]).toEqual([0, 0, 2]);
    expect([decidedLevel(constant(1)), evaluations]).toEqual([100, 4]);
  });
});
