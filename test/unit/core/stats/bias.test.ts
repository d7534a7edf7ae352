import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bias } from '../../../../src/core/stats/bias.ts';
import { createBoundedMean } from '../../../../src/core/stats/bounded-mean.ts';
import { zeroCounts } from '../../../../src/core/stats/statistic.ts';

const claim = { tolerance: 0.01, alphaViolated: 0.01, alphaHolds: 0.01 };
const signed = createBoundedMean({ signed: true });

function countsOf(observations: readonly number[]): number[] {
  const counts = zeroCounts(bias.size);
  for (const observation of observations) bias.add(counts, observation);
  return counts;
}

const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 });

describe('bias', () => {
  it('is the mean of both sides upward and the smaller of both downward', () => {
    fc.assert(
      fc.property(numbers, (observations) => {
        const here = signed.logE(countsOf(observations), 0.01);
        const there = signed.logE(countsOf(observations.map((x) => -x)), 0.01);
        const { up, down } = bias.logE(countsOf(observations), 0.01);
        expect(up).toBeCloseTo(Math.log((Math.exp(here.up) + Math.exp(there.up)) / 2), 9);
        expect(down).toBeCloseTo(Math.min(here.down, there.down), 12);
      }),
    );
  });

  it('sees a shift in either direction, and proves its absence', () => {
    const shifted = new Array<number>(400).fill(0.04);
    expect(bias.logE(countsOf(shifted), 0.01).up).toBeGreaterThan(Math.log(100));
    expect(bias.logE(countsOf(shifted.map((x) => -x)), 0.01).up).toBeGreaterThan(Math.log(100));
    const even = Array.from({ length: 2000 }, (_, index) => (index % 2 === 0 ? 0.01 : -0.01));
    const { logEDown, estimate, interval } = bias.evidence(countsOf(even), claim);
    expect(logEDown).toBeGreaterThan(Math.log(100));
    expect(estimate).toBeCloseTo(0, 12);
    expect((interval as readonly [number, number])[0]).toBeLessThan(0);
  });

  it('forecasts from the side the mean is on', () => {
    const { stillNeeded } = bias.evidence(countsOf(new Array<number>(20).fill(-0.04)), claim);
    const mirrored = bias.evidence(countsOf(new Array<number>(20).fill(0.04)), claim);
    expect(stillNeeded).toBe(mirrored.stillNeeded);
    expect(stillNeeded).toBeGreaterThan(0);
  });
});
