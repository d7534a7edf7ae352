// Ratios of two rates: what their intervals promise, by property and by simulation.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CardCell } from '../../../src/chaos/card.ts';
import { compareVersions, differences } from '../../../src/chaos/compare-versions.ts';
import { randomFor } from '../../../src/core/random.ts';

function cell(version: string, { n, hits, fault = 'stale' }: { n: number; hits: number; fault?: string }): CardCell {
  const place = { version, feature: 'delay', fault, share: 1, decision: 'late', metric: 'flip' };
  const judged = { interval: [0, 1], verdict: 'UNDECIDED', relation: 'bounded', limit: 0.05 } as const;
  return { ...place, n, estimate: n === 0 ? null : hits / n, ...judged };
}

const versions = ['v1', 'v2'];
const counts = fc.integer({ min: 1, max: 5000 }).chain((n) => fc.record({ n: fc.constant(n), hits: fc.nat(n) }));

describe('comparing versions', () => {
  it('has the ratio inside of the interval, and changes sides with the versions', () =>
    fc.assert(
      fc.property(counts, counts, (one, other) => {
        const [there] = compareVersions([cell('v1', one), cell('v2', other)], { versions, alpha: 0.01 });
        const [back] = compareVersions([cell('v1', other), cell('v2', one)], { versions, alpha: 0.01 });
        const [low, high] = there?.interval ?? [Number.NaN, null];
        if (there?.ratio != null) {
          expect(low).toBeLessThanOrEqual(there.ratio * (1 + 1e-9));
          expect(high ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(there.ratio * (1 - 1e-9));
        }
        if (there?.finding === 'more') expect(back?.finding).toBe('less');
        if (high !== null) expect(back?.interval[0]).toBeCloseTo(1 / high, 9);
      }),
    ));

  it('covers the true ratio of all cells together at least as often as promised', () => {
    const random = randomFor('ratio', 'coverage', '');
    const draw = (n: number, share: number): number => {
      let hits = 0;
      for (let index = 0; index < n; index++) hits += random.uniform() < share ? 1 : 0;
      return hits;
    };
    const rates = [
      [0.02, 0.06],
      [0.3, 0.3],
      [0.1, 0.02],
    ] as const;
    let wrong = 0;
    for (let round = 0; round < 300; round++) {
      const cells = rates.flatMap(([first, second], index) => [
        cell('v1', { n: 400, hits: draw(400, first), fault: `f${index}` }),
        cell('v2', { n: 400, hits: draw(400, second), fault: `f${index}` }),
      ]);
      const found = compareVersions(cells, { versions, alpha: 0.2 });
      const isCovered = found.every(({ fault, interval: [low, high] }) => {
        const [first, second] = rates[Number(fault.slice(1))] ?? [1, 1];
        return low <= second / first && second / first <= (high ?? Number.POSITIVE_INFINITY);
      });
      wrong += isCovered ? 0 : 1;
    }
    expect(wrong / 300).toBeLessThanOrEqual(0.2);
  });

  it('puts the surest difference first and says each fault once', () => {
    const cells = [
      cell('v1', { n: 2000, hits: 40, fault: 'a' }),
      cell('v2', { n: 2000, hits: 200, fault: 'a' }),
      cell('v1', { n: 2000, hits: 20, fault: 'b' }),
      cell('v2', { n: 2000, hits: 500, fault: 'b' }),
      cell('v1', { n: 2000, hits: 900, fault: 'c' }),
      cell('v2', { n: 2000, hits: 910, fault: 'c' }),
      cell('v1', { n: 2000, hits: 500, fault: 'd' }),
      cell('v2', { n: 2000, hits: 0, fault: 'd' }),
    ];
    const twice = cells.map((one) => ({ ...one, metric: 'silent-wrong' }));
    const found = compareVersions([...cells, ...twice], { versions, alpha: 0.01 });
    expect(differences(found).map(({ fault, finding }) => [fault, finding])).toEqual([
      ['d', 'less'],
      ['b', 'more'],
      ['a', 'more'],
    ]);
    expect(found.find(({ fault }) => fault === 'c')?.finding).toBe('not told apart');
  });

  it('of one fault says what weighs most, not what is the largest ratio', () => {
    const cells = [
      { ...cell('v1', { n: 2000, hits: 200 }), metric: 'silent-wrong' },
      { ...cell('v2', { n: 2000, hits: 600 }), metric: 'silent-wrong' },
      { ...cell('v1', { n: 2000, hits: 2 }), metric: 'confidence-fall' },
      { ...cell('v2', { n: 2000, hits: 400 }), metric: 'confidence-fall' },
    ];
    const found = compareVersions(cells, { versions, alpha: 0.01 });
    expect(found[0]?.metric).toBe('confidence-fall');
    expect(differences(found).map(({ metric }) => metric)).toEqual(['silent-wrong']);
  });

  it('says nothing about a cell that one of them never saw', () => {
    expect(
      compareVersions([cell('v1', { n: 0, hits: 0 }), cell('v2', { n: 9, hits: 1 })], { versions, alpha: 0.01 }),
    ).toEqual([]);
  });
});
