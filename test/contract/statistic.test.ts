// Laws of every statistic: counts are order-free, merge by addition, survive JSON, and looking changes nothing.
import fc from 'fast-check';
import type { TObject } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Kind } from '../../src/core/kind.ts';
import { statistics } from '../../src/core/stats/index.ts';
import { mergeCounts, type Statistic, zeroCounts } from '../../src/core/stats/statistic.ts';

const claim = { tolerance: 0.02, alphaViolated: 0.01, alphaHolds: 0.05 };
const kinds: readonly Kind<TObject, Statistic>[] = statistics;

describe.each(kinds.map((kind) => ({ name: kind.name, kind })))('statistic $name', ({ kind }) => {
  const statistic = kind.create({});
  const legal = [-1, 0, 1].filter((observation) => {
    try {
      statistic.add(zeroCounts(statistic.size), observation);
      return true;
    } catch {
      return false;
    }
  });
  const observations = fc.array(fc.constantFrom(...legal), { maxLength: 200 });
  const countsOf = (seen: readonly number[]): number[] => {
    const counts = zeroCounts(statistic.size);
    for (const observation of seen) statistic.add(counts, observation);
    return counts;
  };

  it('carries its own name, a sentence and a schema', () => {
    expect(statistic.name).toBe(kind.name);
    expect(kind.summary).toMatch(/\.$/);
    expect(kind.options.type).toBe('object');
  });

  it('knows some observations and refuses others with a code', () => {
    expect(legal.length).toBeGreaterThan(1);
    for (const odd of [Number.NaN, Number.POSITIVE_INFINITY, 7]) {
      expect(() => statistic.add(zeroCounts(statistic.size), odd)).toThrow(
        expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }),
      );
    }
  });

  it('counts in integers, n first, whatever the order', () => {
    fc.assert(
      fc.property(observations, (seen) => {
        const counts = countsOf(seen);
        expect(counts).toHaveLength(statistic.size);
        expect(counts.every(Number.isSafeInteger)).toBe(true);
        expect(counts[0]).toBe(seen.length);
        expect(countsOf([...seen].reverse())).toEqual(counts);
      }),
    );
  });

  it('gives the same bytes from any split, merged in any order, saved and loaded on the way', () => {
    fc.assert(
      fc.property(observations, fc.array(fc.nat(6), { maxLength: 200 }), (seen, places) => {
        const shards = Array.from({ length: 7 }, () => zeroCounts(statistic.size));
        for (const [index, observation] of seen.entries()) {
          statistic.add(shards[places[index] ?? 0] as number[], observation);
        }
        const loaded = shards.map((shard) => JSON.parse(JSON.stringify(shard)) as number[]);
        const merged = [loaded, [...loaded].reverse()].map((order) =>
          order.reduce<readonly number[]>(mergeCounts, zeroCounts(statistic.size)),
        );
        const whole = JSON.stringify(statistic.evidence(countsOf(seen), claim));
        for (const counts of merged) expect(JSON.stringify(statistic.evidence(counts, claim))).toBe(whole);
      }),
    );
  });

  it('is not moved by looking', () => {
    const counts = Object.freeze(countsOf([legal[0], legal[1], legal[1]] as number[]));
    const first = statistic.evidence(counts, claim);
    expect(statistic.evidence(counts, claim)).toEqual(first);
  });

  it('keeps the estimate inside its interval and its numbers finite', () => {
    fc.assert(
      fc.property(observations, (seen) => {
        fc.pre(seen.length > 0);
        const { n, estimate, interval, logEUp, logEDown } = statistic.evidence(countsOf(seen), claim);
        const [low, high] = interval as readonly [number, number];
        expect(n).toBe(seen.length);
        expect(low).toBeLessThanOrEqual(estimate as number);
        expect(high).toBeGreaterThanOrEqual(estimate as number);
        expect([low, high, logEUp, logEDown].every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('has no evidence without data', () => {
    const evidence = statistic.evidence(zeroCounts(statistic.size), claim);
    expect(evidence).toMatchObject({ n: 0, estimate: null, interval: null, stillNeeded: null });
    expect(evidence.logEUp).toBe(0);
    expect(evidence.logEDown).toBe(0);
  });

  it.each([0, 1, -0.1, 1.5, Number.NaN])('refuses a tolerance of %d with a code', (tolerance) => {
    expect(() => statistic.evidence(zeroCounts(statistic.size), { ...claim, tolerance })).toThrow(
      expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' }),
    );
  });
});

describe('mergeCounts', () => {
  it('refuses counts of different statistics and sums that are no longer exact', () => {
    expect(() => mergeCounts([1, 2], [1, 2, 3])).toThrow(/one length/);
    expect(() => mergeCounts([Number.MAX_SAFE_INTEGER], [1])).toThrow(/2\^53/);
  });
});
