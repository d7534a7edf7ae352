import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDifference,
  differenceEvidence,
  differenceLevels,
  differenceSize,
} from '../../../../src/core/stats/difference.ts';
import { mcnemarLogE } from '../../../../src/core/stats/mcnemar.ts';
import { type Distances, mergeCounts, zeroCounts } from '../../../../src/core/stats/statistic.ts';

const refused = expect.objectContaining({ code: 'STATISTIC_INPUT_INVALID' });
const distance = fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, ...differenceLevels));
const distances: fc.Arbitrary<Distances> = fc.record({
  arm: distance,
  control: distance,
  armFlipped: fc.option(fc.boolean()),
  controlFlipped: fc.option(fc.boolean()),
});

function countsOf(seen: readonly Distances[]): number[] {
  const counts = zeroCounts(differenceSize);
  for (const one of seen) addDifference(counts, one);
  return counts;
}

/** Discordant pairs of the eight tests, straight from their definitions. */
function naiveCounts(seen: readonly Distances[]): number[] {
  const against = (isHit: (one: Distances) => boolean): number => seen.filter(isHit).length;
  const side = (flipSides: (one: Distances) => readonly [number, number, boolean | null, boolean | null]): number[] => [
    ...differenceLevels.map((level) => against((one) => flipSides(one)[0] > level && !(flipSides(one)[1] > level))),
    against((one) => flipSides(one)[2] === true && flipSides(one)[3] === false),
    against((one) => flipSides(one)[0] > flipSides(one)[1]),
  ];
  return [
    seen.length,
    ...side(({ arm, control, armFlipped, controlFlipped }) => [arm, control, armFlipped, controlFlipped]),
    ...side(({ arm, control, armFlipped, controlFlipped }) => [control, arm, controlFlipped, armFlipped]),
  ];
}

describe('DIFFERENT', () => {
  it('counts the discordant pairs of eight tests', () => {
    fc.assert(
      fc.property(fc.array(distances, { maxLength: 50 }), (seen) => {
        expect(countsOf(seen)).toEqual(naiveCounts(seen));
      }),
    );
  });

  it('is the mean of eight McNemar e-processes', () => {
    fc.assert(
      fc.property(fc.array(distances, { maxLength: 50 }), (seen) => {
        const counts = naiveCounts(seen);
        const es = Array.from({ length: 8 }, (_, at) =>
          Math.exp(mcnemarLogE(counts[1 + at] as number, counts[9 + at] as number)),
        );
        const { logE, n } = differenceEvidence(counts);
        expect(n).toBe(seen.length);
        expect(Math.abs(logE - Math.log(es.reduce((sum, e) => sum + e, 0) / 8))).toBeLessThan(1e-9);
      }),
    );
  });

  it('names the test that speaks loudest', () => {
    const sparse = Array.from(
      { length: 400 },
      (_, index): Distances => ({
        arm: index % 20 === 0 ? 0.4 : 0.01 * (index % 3),
        control: 0.01 * ((index + 1) % 3),
        armFlipped: false,
        controlFlipped: false,
      }),
    );
    const { logE, loudest } = differenceEvidence(countsOf(sparse));
    expect(logE).toBeGreaterThan(Math.log(100));
    expect(loudest).toEqual({ test: 'moved by more than 0.03', arm: 20, control: 0 });
    expect(differenceEvidence(zeroCounts(differenceSize))).toEqual({
      n: 0,
      logE: expect.closeTo(0, 12),
      loudest: null,
    });
  });

  it('merges by addition', () => {
    fc.assert(
      fc.property(fc.array(distances, { maxLength: 30 }), fc.nat(30), (seen, cut) => {
        expect(mergeCounts(countsOf(seen.slice(0, cut)), countsOf(seen.slice(cut)))).toEqual(countsOf(seen));
      }),
    );
  });

  it('refuses distances and counts that are none', () => {
    const flips = { armFlipped: null, controlFlipped: null };
    for (const wrong of [-0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
      const counts = zeroCounts(differenceSize);
      expect(() => addDifference(counts, { arm: wrong, control: 0, ...flips })).toThrow(refused);
      expect(() => addDifference(counts, { arm: 0, control: wrong, ...flips })).toThrow(refused);
      expect(counts.every((count) => count === 0)).toBe(true);
    }
    expect(() => differenceEvidence([1])).toThrow(refused);
    expect(() => differenceEvidence(zeroCounts(differenceSize).with(3, 1))).toThrow(refused);
  });
});
