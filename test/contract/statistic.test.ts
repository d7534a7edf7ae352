// Laws of every statistic: counts are order-free, merge by addition, survive JSON, and looking changes nothing.
import fc from 'fast-check';
import type { TObject } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Kind } from '../../src/core/kind.ts';
import { type StatisticName, statisticNamed, statistics } from '../../src/core/stats/index.ts';
import { mergeCounts, type Observation, type Statistic, zeroCounts } from '../../src/core/stats/statistic.ts';

const kinds: readonly Kind<TObject, Statistic>[] = statistics;
const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });

const candidates: readonly Observation[] = [
  ...[-1, 0, 1, -0.4, 0.0213, 0.5],
  ...([
    [0, 0],
    [1, 0],
    [0.2, 0.9],
    [0.5, 0.505],
    [-1, 1],
    [30, 31],
    [40, 90],
    [90, 20],
    [200_000, 0.01],
  ] as const),
  { arm: 0, control: 0, armFlipped: false, controlFlipped: false },
  { arm: 0.2, control: 0.01, armFlipped: true, controlFlipped: false },
  { arm: 0.0021, control: 0.4, armFlipped: null, controlFlipped: null },
];

/** Laws that cannot hold for a statistic, each with why. */
const skip: readonly { readonly kind: string; readonly law: string; readonly reason: string }[] = [
  { kind: 'difference', law: 'always an estimate', reason: 'without discordant pairs there is no share of them' },
];
const isSkipped = (kind: string, law: string): boolean => skip.some((one) => one.kind === kind && one.law === law);

describe.each(kinds.map((kind) => ({ name: kind.name, kind })))('statistic $name', ({ name, kind }) => {
  const statistic = kind.create({});
  const tolerance = statistic.onlyTolerance ?? 0.02;
  const claim = { tolerance, alphaViolated: 0.01, alphaHolds: 0.05 };
  const legal = candidates.filter((observation) => {
    try {
      statistic.add(zeroCounts(statistic.size), observation);
      return true;
    } catch {
      return false;
    }
  });
  const observations = fc.array(fc.constantFrom(...legal), { maxLength: 200 });
  const countsOf = (seen: readonly Observation[]): number[] => {
    const counts = zeroCounts(statistic.size);
    for (const observation of seen) statistic.add(counts, observation);
    return counts;
  };

  it('carries its own name, a sentence and a schema, and is found by its name', () => {
    expect(statistic.name).toBe(kind.name);
    expect(kind.summary).toMatch(/\.$/);
    expect(kind.options.type).toBe('object');
    expect(statisticNamed(name as StatisticName)).toMatchObject({ name, size: statistic.size });
  });

  const odd: readonly unknown[] = [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    7,
    '0',
    null,
    undefined,
    [],
    [0.5],
    [Number.NaN, 0.5],
    [0.5, Number.NaN],
    [Number.POSITIVE_INFINITY, 0.5],
    [0.5, Number.NEGATIVE_INFINITY],
    [0, 0, 0],
    [0, '1'],
    {},
    { arm: Number.NaN, control: 0, armFlipped: null, controlFlipped: null },
    { arm: 0, control: -0.1, armFlipped: null, controlFlipped: null },
    { arm: Number.POSITIVE_INFINITY, control: 0, armFlipped: null, controlFlipped: null },
    { arm: '0.1', control: '0', armFlipped: null, controlFlipped: null },
    { arm: 0.1, control: 0, armFlipped: 1, controlFlipped: null },
    { arm: 0.1, control: 0 },
  ];
  it.each(odd.map((one) => [one]))('refuses the observation %o with a code and counts nothing', (one) => {
    const counts = zeroCounts(statistic.size);
    expect(() => statistic.add(counts, one as Observation)).toThrow(refused);
    expect(counts.every((count) => count === 0)).toBe(true);
  });

  it('knows at least two observations', () => {
    expect(legal.length).toBeGreaterThan(1);
  });

  it('counts in integers from 0 up, n first, whatever the order', () => {
    fc.assert(
      fc.property(observations, (seen) => {
        const counts = countsOf(seen);
        expect(counts).toHaveLength(statistic.size);
        expect(counts.every((count) => Number.isSafeInteger(count) && count >= 0)).toBe(true);
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
    const counts = Object.freeze(countsOf([legal[0], legal[1], legal[1]] as Observation[]));
    const first = statistic.evidence(counts, claim);
    expect(statistic.evidence(counts, claim)).toEqual(first);
    expect(statistic.logE(counts, tolerance)).toEqual({ up: first.logEUp, down: first.logEDown });
  });

  it('keeps the estimate inside its interval and its numbers finite', () => {
    fc.assert(
      fc.property(observations, (seen) => {
        fc.pre(seen.length > 0);
        const { n, estimate, interval, logEUp, logEDown, stillNeeded } = statistic.evidence(countsOf(seen), claim);
        expect(n).toBe(seen.length);
        expect([logEUp, logEDown, stillNeeded ?? 0].every(Number.isFinite)).toBe(true);
        expect(interval === null).toBe(estimate === null);
        if (estimate === null && isSkipped(name, 'always an estimate')) return;
        const [low, high] = interval as readonly [number, number];
        expect(low).toBeLessThanOrEqual((estimate as number) + 1e-12);
        expect(high).toBeGreaterThanOrEqual((estimate as number) - 1e-12);
        expect([low, high].every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('never speaks strongly for both sides', () => {
    fc.assert(
      fc.property(observations, fc.integer({ min: 1, max: 1000 }), (seen, times) => {
        const counts = countsOf(seen).map((count) => count * times);
        const { up, down } = statistic.logE(counts, tolerance);
        expect(Math.min(up, down)).toBeLessThan(Math.log(10));
      }),
    );
  });

  it('stays finite on one-sided data of any size', () => {
    for (const observation of legal) {
      const counts = countsOf([observation]);
      for (const times of [1, 1000, 1e9]) {
        const { logEUp, logEDown, interval } = statistic.evidence(
          counts.map((count) => count * times),
          claim,
        );
        expect([logEUp, logEDown, ...(interval ?? [])].every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('has no evidence without data', () => {
    const evidence = statistic.evidence(zeroCounts(statistic.size), claim);
    expect(evidence).toMatchObject({ n: 0, estimate: null, interval: null, stillNeeded: null });
    expect(evidence.logEUp).toBe(0);
    expect(evidence.logEDown).toBe(0);
    const { up, down } = statistic.logE(zeroCounts(statistic.size), tolerance);
    expect(Math.abs(up) + Math.abs(down)).toBeLessThan(1e-12);
  });

  it.each([0, 1, -0.1, 1.5, Number.NaN])('refuses a tolerance of %d with a code', (wrong) => {
    const counts = zeroCounts(statistic.size);
    expect(() => statistic.evidence(counts, { ...claim, tolerance: wrong })).toThrow(refused);
    expect(() => statistic.logE(counts, wrong)).toThrow(refused);
  });

  const extremes = [Number.MIN_VALUE, 1e-310, 1e-300, 1e-100, 1e-16, 1e-6, 1 - 1e-6, 1 - Number.EPSILON / 2];
  it.each(extremes)('speaks in finite numbers about a tolerance of %d, or refuses it with a code', (extreme) => {
    for (const observation of [...legal, legal]) {
      const once = countsOf(Array.isArray(observation) && observation === legal ? legal : [observation as Observation]);
      for (const times of [1, 500, 2 ** 30]) {
        const counts = once.map((count) => count * times);
        const judged = (): readonly (number | null)[] => {
          const { logEUp, logEDown, interval, stillNeeded } = statistic.evidence(counts, {
            ...claim,
            tolerance: extreme,
          });
          const { up, down } = statistic.logE(counts, extreme);
          return [logEUp, logEDown, ...(interval ?? []), stillNeeded ?? 0, up, down];
        };
        if (name === 'latency-ratio') expect(judged).toThrow(refused);
        else expect(judged().every(Number.isFinite)).toBe(true);
      }
    }
  });

  it('refuses counts, claims and tolerances that are none', () => {
    const counts = zeroCounts(statistic.size);
    for (const none of [null, undefined, 'abc', {}]) {
      expect(() => statistic.evidence(none as never, claim)).toThrow(refused);
      expect(() => statistic.logE(none as never, tolerance)).toThrow(refused);
    }
    for (const none of [null, undefined, 0.01])
      expect(() => statistic.evidence(counts, none as never)).toThrow(refused);
    for (const none of [String(tolerance), null, undefined, [tolerance]]) {
      expect(() => statistic.evidence(counts, { ...claim, tolerance: none as never })).toThrow(refused);
      expect(() => statistic.logE(counts, none as never)).toThrow(refused);
    }
    expect(() => statistic.evidence(counts, { ...claim, alphaHolds: '0.01' as never })).toThrow(refused);
  });

  it.each(['alphaViolated', 'alphaHolds'] as const)('refuses an %s of 0 or 1 with a code', (field) => {
    for (const wrong of [0, 1, Number.NaN]) {
      expect(() => statistic.evidence(zeroCounts(statistic.size), { ...claim, [field]: wrong })).toThrow(refused);
    }
  });

  it('refuses counts that nothing could have given', () => {
    const counts = countsOf(legal.slice(0, 2));
    const last = statistic.size - 1;
    for (const wrong of [
      counts.slice(0, last),
      counts.map((count) => count + 0.5),
      counts.with(0, -1),
      counts.with(last, Number.NaN),
      counts.with(0, 2 ** 53),
      counts.with(last, (counts[last] as number) + 10_000),
      [],
    ]) {
      expect(() => statistic.evidence(wrong, claim)).toThrow(refused);
      expect(() => statistic.logE(wrong, tolerance)).toThrow(refused);
    }
  });

  it('passes over what stands beyond its size', () => {
    const counts = countsOf(legal);
    expect(statistic.evidence([...counts, 5, 7], claim)).toEqual(statistic.evidence(counts, claim));
  });
});

describe('mergeCounts', () => {
  it('refuses counts of different statistics and sums that are no longer exact', () => {
    expect(() => mergeCounts([1, 2], [1, 2, 3])).toThrow(/one length/);
    for (const none of [null, undefined, 7]) {
      expect(() => mergeCounts(none as never, [1])).toThrow(refused);
      expect(() => mergeCounts([1], none as never)).toThrow(refused);
    }
    expect(() => mergeCounts([Number.MAX_SAFE_INTEGER], [1])).toThrow(/2\^53/);
  });
});
