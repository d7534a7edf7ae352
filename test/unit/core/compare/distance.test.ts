import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceOf } from '../../../../src/core/compare/distance.ts';
import { canFlip } from '../../../../src/core/compare/labelled.ts';
import { movedMaterially } from '../../../../src/core/compare/moved-materially.ts';
import { predict, predictionKinds } from '../../../../src/core/decide/index.ts';
import type { Decision, Prediction, PredictionKind, TensorValue } from '../../../../src/model.ts';
import { late } from '../pairs.ts';

const meaning: Decision = { ...late, column: null, kind: 'vector' };
const shelf: Decision = { ...late, column: null, kind: 'ranking', top: 5, material: null };
const summary: Decision = { ...late, column: null, kind: 'text', material: null };

function read(decision: Decision, ...data: TensorValue[]): Prediction {
  const tensor = { name: decision.output, datatype: 'FP32', shape: [1, data.length], data } as const;
  const found = predict(decision, { modelName: null, modelVersion: null, degraded: false, outputs: [tensor] });
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

const between = (decision: Decision, production: readonly TensorValue[], shadow: readonly TensorValue[]) => {
  const both = { production: read(decision, ...production), shadow: read(decision, ...shadow) };
  return { distance: distanceOf(decision, both), moved: movedMaterially(decision, both) };
};

describe('vector', () => {
  it('is the cosine distance, material above 0.05', () => {
    expect(between(meaning, [1, 0], [1, 0.3])).toEqual({ distance: expect.closeTo(0.0422, 4), moved: false });
    expect(between(meaning, [1, 0], [1, 0.4])).toEqual({ distance: expect.closeTo(0.0715, 4), moved: true });
  });

  it('counts what points away as 1', () => {
    expect(between(meaning, [1, 2], [-1, -2])).toEqual({ distance: 1, moved: true });
    expect(between(meaning, [1, 2], [1, 2, 3])).toEqual({ distance: 1, moved: true });
  });

  it('is never the same for want of an amount', () => {
    const both = { production: read(meaning, 1, 0), shadow: read(meaning, 0, 1) };
    expect(movedMaterially({ ...meaning, material: null }, both)).toBeNull();
  });
});

describe('ranking', () => {
  it('without an amount it is another first item that is material', () => {
    expect(between(shelf, [1, 2, 3], [1, 9, 8])).toEqual({
      distance: expect.closeTo(1 - (1 + 1 / 2 + 1 / 3) / 3),
      moved: false,
    });
    expect(between(shelf, [1, 2, 3], [2, 1, 3])).toEqual({ distance: expect.closeTo(1 / 3), moved: true });
    expect(between(shelf, [1], [])).toEqual({ distance: 1, moved: true });
    expect(between(shelf, [], [])).toEqual({ distance: 0, moved: false });
  });

  it('with one it is a distance above it, and only the places that count are looked at', () => {
    const decision = { ...shelf, material: 0.3 };
    expect(between(decision, [1, 2, 3], [1, 9, 8]).moved).toBe(true);
    expect(between(decision, [1, 2, 3, 4], [1, 2, 4, 3]).moved).toBe(false);
    expect(between(decision, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 7])).toEqual({ distance: 0, moved: false });
  });
});

describe('text', () => {
  it('without an amount any other text is material, white space and Unicode form aside', () => {
    expect(between(summary, ['a\u0301  b'], [' á\nb '])).toEqual({ distance: 0, moved: false });
    expect(between(summary, ['it works'], ['it works.'])).toEqual({ distance: expect.closeTo(0.6), moved: true });
  });

  it('with one it is a distance above it', () => {
    const decision = { ...summary, material: 0.6 };
    expect(between(decision, ['it works'], ['it works.']).moved).toBe(false);
    expect(between(decision, ['it works'], ['it never works at all']).moved).toBe(true);
  });

  it('sees a difference in the middle of a long text by its label', () => {
    const long = 'word '.repeat(5000);
    expect(between(summary, [long], [`${long}end`]).moved).toBe(true);
  });
});

describe('every kind', () => {
  const odd = fc.oneof(fc.double(), fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY));
  const prediction = (kind: PredictionKind): fc.Arbitrary<Prediction> =>
    fc.record(
      {
        kind: fc.constant(kind),
        label: fc.string(),
        scores: fc.array(odd, { maxLength: 3 }),
        value: fc.option(odd),
        confidence: fc.constant(null),
        vector: fc.array(odd, { maxLength: 3 }),
        items: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
        text: fc.string(),
      },
      { requiredKeys: ['kind', 'label', 'scores', 'value', 'confidence'] },
    ) as fc.Arbitrary<Prediction>;

  it.each(predictionKinds)('%s: from 0 to 1 or null, symmetric, and nothing from itself, on any data', (kind) => {
    const decision: Decision = { ...late, kind, scale: [0, 10] };
    fc.assert(
      fc.property(prediction(kind), prediction(kind), (production, shadow) => {
        const distance = distanceOf(decision, { production, shadow });
        if (distance !== null) {
          expect(distance).toBeGreaterThanOrEqual(0);
          expect(distance).toBeLessThanOrEqual(1);
        }
        expect(distanceOf(decision, { production: shadow, shadow: production })).toBe(distance);
        expect([0, null]).toContain(distanceOf(decision, { production, shadow: structuredClone(production) }));
        const moved = movedMaterially({ ...decision, material: null }, { production, shadow });
        expect(moved === null).toBe(!canFlip(kind));
      }),
    );
  });
});
