import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { binOf, createBinning } from '../../../../src/core/stats/crossings.ts';
import { createPairedKs, type PairedKs, pairedKs } from '../../../../src/core/stats/paired-ks.ts';
import { zeroCounts } from '../../../../src/core/stats/statistic.ts';
import { trinomialInterval } from '../../../../src/core/stats/trinomial-interval.ts';
import { naiveWealth, trinomialDown, trinomialUp } from './naive-wealth.ts';

type ScorePair = readonly [number, number];

const claim = { tolerance: 0.05, alphaViolated: 0.01, alphaHolds: 0.05 };
const scores = fc.double({ min: 0, max: 1, noNaN: true });
const pairs = fc.array(fc.tuple(scores, scores), { minLength: 1, maxLength: 40 });

function countsOf(statistic: PairedKs, seen: readonly ScorePair[]): number[] {
  const counts = zeroCounts(statistic.size);
  for (const pair of seen) statistic.add(counts, pair);
  return counts;
}

/** X at every edge, straight from its definition. */
function observationsAt(seen: readonly ScorePair[], edges: readonly number[]): number[][] {
  return edges.map((edge) => seen.map(([production, arm]) => Number(arm <= edge) - Number(production <= edge)));
}

function naiveLogE(seen: readonly ScorePair[], { edges, tolerance }: { edges: readonly number[]; tolerance: number }) {
  const sides = observationsAt(seen, edges).flatMap((xs) => [xs, xs.map((x) => -x)]);
  const ups = sides.map((xs) => naiveWealth(trinomialUp(tolerance), xs, tolerance));
  const downs = sides.map((xs) => naiveWealth(trinomialDown(tolerance), xs, tolerance));
  return {
    up: Math.log(ups.reduce((sum, one) => sum + one, 0) / ups.length),
    down: Math.log(Math.min(...downs)),
  };
}

describe('paired KS', () => {
  it('has 63 edges on [0, 1] unless others are declared', () => {
    expect(pairedKs.binning.edges).toHaveLength(63);
    expect(pairedKs.binning.edges[0]).toBe(1 / 64);
    expect(pairedKs.size).toBe(190);
    expect(createPairedKs({ edges: [0.5] }).size).toBe(4);
    expect(createPairedKs({ low: 0, high: 300 }).binning.edges[31]).toBe(150);
  });

  it.each([
    ['the standard edges', pairedKs],
    ['declared edges', createPairedKs({ edges: [0.1, 0.11, 0.5, 0.9] })],
  ])('equals the mean and the minimum over edges and signs, straight from the definition: %s', (_, statistic) => {
    fc.assert(
      fc.property(pairs, fc.constantFrom(0.01, 0.05, 0.3), (seen, tolerance) => {
        const { up, down } = statistic.logE(countsOf(statistic, seen), tolerance);
        const naive = naiveLogE(seen, { edges: statistic.binning.edges, tolerance });
        expect(Math.abs(up - naive.up)).toBeLessThan(1e-9);
        expect(Math.abs(down - naive.down)).toBeLessThan(1e-9);
      }),
    );
  });

  it('estimates the KS distance of the two samples at the edges', () => {
    fc.assert(
      fc.property(pairs, (seen) => {
        const { edges } = pairedKs.binning;
        const exact = Math.max(...observationsAt(seen, edges).map((xs) => Math.abs(xs.reduce((sum, x) => sum + x, 0))));
        const { estimate, n } = pairedKs.evidence(countsOf(pairedKs, seen), claim);
        expect(estimate).toBeCloseTo(exact / n, 12);
      }),
    );
  });

  it('shows the widest of all edges’ intervals', () => {
    fc.assert(
      fc.property(pairs, (seen) => {
        const alpha = 0.05;
        const sides = observationsAt(seen, pairedKs.binning.edges).flatMap((xs) => [xs, xs.map((x) => -x)]);
        const endsAt = (level: number): readonly [number, number][] =>
          sides.map((xs) => {
            const [up, down] = [xs.filter((x) => x === 1).length, xs.filter((x) => x === -1).length];
            const [low, high] = trinomialInterval({ up, down, same: xs.length - up - down, alpha: level });
            return [low, high];
          });
        const upper = Math.max(...endsAt(alpha).map(([, high]) => high));
        const lower = Math.max(0, ...endsAt(alpha / 126).map(([low]) => low));
        const [low, high] = pairedKs.evidence(countsOf(pairedKs, seen), claim).interval as readonly [number, number];
        expect(low).toBeCloseTo(lower, 9);
        expect(high).toBeCloseTo(upper, 9);
      }),
      { numRuns: 40 },
    );
  });

  it('proves identical scores alike after exactly 75 (alpha .05) and 109 (.01) requests', () => {
    const proven = (alpha: number): number =>
      Array.from({ length: 200 }, (_, n) => n).find(
        (n) =>
          n > 0 &&
          pairedKs.logE(countsOf(pairedKs, new Array<ScorePair>(n).fill([0.3, 0.3])), 0.05).down >= Math.log(1 / alpha),
      ) as number;
    expect(proven(0.05)).toBe(75);
    expect(proven(0.01)).toBe(109);
  });

  it('finds a shift that no edge of the middle shows, and forecasts it', () => {
    const seen = Array.from({ length: 300 }, (_, index): ScorePair => [index / 300, (index / 300) ** 2]);
    const { logEUp, estimate, stillNeeded } = pairedKs.evidence(countsOf(pairedKs, seen), claim);
    expect(estimate).toBeGreaterThan(0.23);
    expect(logEUp).toBeGreaterThan(Math.log(100));
    expect(stillNeeded).toBe(0);
    const every15th = seen.filter((_, index) => index % 15 === 0);
    const early = pairedKs.evidence(countsOf(pairedKs, every15th), claim);
    expect(early.stillNeeded).toBeGreaterThan(0);
    expect(early.stillNeeded).toBeLessThan(300);
  });

  it('puts a score on an edge below it, however the bin is found', () => {
    const guessed = createBinning({ low: -3, high: 17 });
    const searched = createBinning({ low: -3, high: 17, edges: guessed.edges });
    const near = fc
      .tuple(fc.constantFrom(...guessed.edges), fc.constantFrom(-1e-15, 0, 1e-15))
      .map(([edge, off]) => edge + off);
    fc.assert(
      fc.property(fc.oneof(near, fc.double({ min: -3, max: 17, noNaN: true })), (score) => {
        const below = guessed.edges.filter((edge) => edge < score).length;
        expect(binOf(score, guessed)).toBe(below);
        expect(binOf(score, searched)).toBe(below);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [{ edges: [] }],
    [{ edges: [0.5, 0.5] }],
    [{ edges: [0.5, 0.2] }],
    [{ edges: [0] }],
    [{ edges: [1] }],
    [{ edges: [Number.NaN] }],
    [{ edges: ['0.1'] as never }],
    [{ edges: [0.1, '0.5'] as never }],
    [{ edges: new Array<number>(2) }],
    [{ edges: '0.1' as never }],
    [{ edges: null as never }],
    [{ low: '0' as never }],
    [{ low: 1, high: 0 }],
    [{ high: Number.POSITIVE_INFINITY }],
  ])('refuses the edges %o', (declared) => {
    expect(() => createPairedKs(declared)).toThrow(expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }));
  });
});
