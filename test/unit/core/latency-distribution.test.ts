// The laws by which something is held back: known quantiles and moments of a seeded sample, tails that agree with their formula, and caps.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  drawLatency,
  type LatencyOptions,
  longestLatencyMs,
  shareBeyond,
  whyUndrawable,
} from '../../../src/core/latency-distribution.ts';
import { randomFor } from '../../../src/core/random.ts';

const size = 20_000;

function sampleOf(options: LatencyOptions): number[] {
  return Array.from({ length: size }, (_, n) => drawLatency(options, randomFor('seed', String(n), 'test'))).sort(
    (one, other) => one - other,
  );
}

const mean = (sample: readonly number[]): number => sample.reduce((sum, one) => sum + one, 0) / sample.length;
const spread = (sample: readonly number[]): number => {
  const middle = mean(sample);
  return Math.sqrt(mean(sample.map((one) => (one - middle) ** 2)));
};
const law = fc.constantFrom('uniform', 'normal', 'lognormal', 'pareto');
const options = fc.record({
  delayMs: fc.integer({ min: 1, max: 2000 }),
  jitterMs: fc.integer({ min: 1, max: 500 }),
  distribution: law,
});

describe('moments, beside the textbook ones', () => {
  const asked = { delayMs: 200, jitterMs: 40 };
  // Of a uniform law half-width / √3; of a lognormal one exp(μ + σ²/2) with σ = ln(1 + jitter / median).
  const sigma = Math.log(1.2);
  it.each([
    ['constant', { delayMs: 200, jitterMs: 0 }, 200, 0],
    ['uniform', asked, 200, 40 / Math.sqrt(3)],
    ['normal', { ...asked, distribution: 'normal' }, 200, 40],
    [
      'lognormal',
      { ...asked, distribution: 'lognormal' },
      200 * Math.exp(sigma ** 2 / 2),
      200 * Math.exp(sigma ** 2 / 2) * Math.sqrt(Math.expm1(sigma ** 2)),
    ],
  ] as const)('%s', (_, given, expectedMean, expectedSpread) => {
    const sample = sampleOf(given);
    expect(Math.abs(mean(sample) - expectedMean)).toBeLessThan(1);
    expect(Math.abs(spread(sample) - expectedSpread)).toBeLessThan(1);
  });

  it('pareto has its median and its upper sixth, and a mean above both of a law without a tail', () => {
    const sample = sampleOf({ ...asked, distribution: 'pareto' });
    expect(Math.abs((sample[size / 2] ?? 0) - 200)).toBeLessThan(2);
    expect(Math.abs((sample[Math.floor(size * (1 - 0.158655))] ?? 0) - 240)).toBeLessThan(3);
    expect(mean(sample)).toBeGreaterThan(200);
  });
});

describe('every law', () => {
  it('reaches a time as often as it says', () => {
    fc.assert(
      fc.property(options, fc.double({ min: 0.2, max: 3, noNaN: true }), (given, times) => {
        const limitMs = given.delayMs * times;
        const drawn = sampleOf(given).filter((one) => one >= limitMs).length / size;
        expect(Math.abs(drawn - shareBeyond(given, limitMs))).toBeLessThan(0.02);
      }),
      { numRuns: 20 },
    );
  });

  it('holds nothing longer than the longest, nothing less than nothing, and never anything past the cap', () => {
    fc.assert(
      fc.property(
        options,
        fc.option(fc.integer({ min: 1, max: 3000 }), { nil: undefined }),
        fc.string(),
        (given, cap, id) => {
          const whole = { ...given, ...(cap === undefined ? {} : { atMostMs: cap }) };
          const drawn = drawLatency(whole, randomFor('s', id, 'arm'));
          expect(drawn).toBeGreaterThanOrEqual(0);
          expect(drawn).toBeLessThanOrEqual(longestLatencyMs(whole));
          expect(shareBeyond(whole, longestLatencyMs(whole) + 1)).toBe(0);
          if (cap !== undefined) expect(longestLatencyMs(whole)).toBeLessThanOrEqual(cap);
        },
      ),
    );
  });
});

it.each([
  [{ delayMs: 5, jitterMs: 1, distribution: 'constant' }, 'jitter requires a distribution other than constant'],
  [{ delayMs: 5, jitterMs: 0, distribution: 'normal' }, 'distribution normal requires jitter'],
  [{ delayMs: 0, jitterMs: 1, distribution: 'pareto' }, 'distribution pareto requires more than 0ms'],
  [{ delayMs: 0, jitterMs: 1 }, null],
] as const)('%j: %s', (given, why) => {
  expect(whyUndrawable(given)).toBe(why);
});
