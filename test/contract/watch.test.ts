// Laws of every watch on production: total on odd rows, plain memory, exact counts however the looks are split.
import fc from 'fast-check';
import type { TObject } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { exampleOptions } from '../../src/config/metrics.ts';
import { predictionKinds } from '../../src/core/decide/index.ts';
import type { Kind } from '../../src/core/kind.ts';
import { mergeCounts } from '../../src/core/stats/statistic.ts';
import { type About, type Sight, type Trait, type Watch, watches, watchNamed } from '../../src/core/watch/index.ts';
import type { Decision, InputFeature, Prediction } from '../../src/model.ts';

const kinds = watches as readonly unknown[] as readonly Kind<TObject, Watch>[];

const anyValue = fc.oneof(
  fc.double(),
  fc.constantFrom(0, 1, Number.NaN, Number.POSITIVE_INFINITY, null, undefined, true, '', 'AA', 0n, 2n ** 60n),
);
const sights: fc.Arbitrary<Sight> = fc.record({
  features: fc.tuple(
    anyValue,
    fc.oneof(
      anyValue,
      fc.array(
        anyValue.filter((one) => one !== undefined),
        { maxLength: 3 },
      ),
    ),
  ),
  prediction: fc.option(
    fc.record({
      kind: fc.constantFrom(...predictionKinds),
      label: fc.constantFrom('true', 'false', '0', ''),
      scores: fc.array(fc.oneof(fc.double(), fc.constant(Number.NaN)), { maxLength: 3 }),
      value: fc.option(fc.double()),
      confidence: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    }) as fc.Arbitrary<Prediction>,
  ),
  rows: fc.option(fc.record({ asked: fc.nat(3), answered: fc.nat(3) })),
  question: fc.constantFrom(null, 'a', 'b', 'c').map((question) => () => question),
}) as fc.Arbitrary<Sight>;

const features: readonly InputFeature[] = [
  { name: 'a', tensor: 'a', index: null, type: 'number', range: [0, 10], default: 0, zeroIsLegal: true },
  { name: 'b', tensor: 'b', index: 0, type: 'string', range: [0, 1], default: 'AA', zeroIsLegal: false },
];
const decision: Decision = {
  name: 'd',
  output: 'o',
  column: null,
  kind: 'binary',
  threshold: 0.5,
  scale: null,
  material: null,
};
const about: About = { features, decision, tolerance: 0.05 };

function withOneZero(look: Trait): Trait {
  if (typeof look === 'number') return look + 0;
  return typeof look === 'object' && look !== null ? look.map(withOneZero) : look;
}

describe.each(kinds.map((kind) => ({ name: kind.name, kind })))('watch $name', ({ name, kind }) => {
  const options = { ...exampleOptions(kind.options), ...(Value.Default(kind.options, {}) as object) };
  const watch = kind.create(options);
  const looksOf = (rows: readonly Sight[]): Trait[] =>
    rows.map((row) => watch.look(row, about)).filter((look): look is Trait => look !== null);
  const enough = { minLength: 0, maxLength: 30 };
  /** More than any window of the examples, so that learning ends within. */
  const primed = (): { memory: unknown; counts: readonly (readonly number[])[] } => {
    const row: Sight = { features: [5, 'AA'], prediction: null, rows: null, question: () => null };
    const prediction: Prediction = { kind: 'binary', label: 'true', scores: [0.7], value: null, confidence: 0.7 };
    const look = watch.look({ ...row, prediction, question: () => 'q' }, about);
    const many = look === null ? [] : Array.from({ length: watch.window ?? 0 }, () => look);
    return watch.fold(watch.start(about), many, about);
  };

  it('carries its own name, words and sentences', () => {
    expect(watch.name).toBe(name);
    expect(watchNamed(name, options)?.name).toBe(name);
    expect(watchNamed(name, { unheardOf: 1 })).toBeUndefined();
    expect(kind.summary).toMatch(/\.$/);
    for (const words of [watch.words, watch.counted, watch.blind]) expect(words).toMatch(/^[a-z].*[a-z)]$/i);
    expect(watch.detectors).toBeGreaterThanOrEqual(1);
    expect(watch.window === null).toBe(watch.learned(watch.start(about)) === null);
  });

  it('looks at any row without throwing, and a look survives JSON', () => {
    fc.assert(
      fc.property(sights, (sight) => {
        const look = watch.look(sight, about);
        // JSON knows one zero, and so does every comparison that a watch makes.
        expect(JSON.parse(JSON.stringify(look))).toEqual(withOneZero(look));
        if (!watch.isOrdered) expect([true, false, null]).toContain(look);
      }),
      { numRuns: 300 },
    );
  });

  it('counts the same however looks are split into buckets, and never changes the memory it was given', () => {
    fc.assert(
      fc.property(fc.array(sights, enough), fc.array(sights, enough), fc.boolean(), (first, second, isPrimed) => {
        const [one, other] = [looksOf(first), looksOf(second)];
        const start = isPrimed ? primed().memory : watch.start(about);
        const before = JSON.stringify(start);
        const whole = watch.fold(start, [...one, ...other], about);
        const half = watch.fold(start, one, about);
        const rest = watch.fold(JSON.parse(JSON.stringify(half.memory)), other, about);
        expect(JSON.stringify(start)).toBe(before);
        expect(rest.memory).toEqual(whole.memory);
        const merged = rest.counts.map((counts, side) => mergeCounts(half.counts[side] ?? [0, 0], counts));
        expect(merged).toEqual(whole.counts);
      }),
      { numRuns: 100 },
    );
  });

  it('gives sound counts, one pair for every side, and no more sides than detectors', () => {
    fc.assert(
      fc.property(fc.array(sights, enough), (rows) => {
        const { memory, counts } = watch.fold(primed().memory, looksOf(rows), about);
        const sides = watch.sides(memory, about);
        expect(counts).toHaveLength(sides.length);
        expect(sides.length).toBeLessThanOrEqual(watch.detectors);
        for (const { tolerance } of sides) expect(tolerance > 0 && tolerance < 1).toBe(true);
        for (const [n = -1, hits = -1] of counts) expect(hits >= 0 && hits <= n && n <= rows.length).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('does not judge while it learns', () => {
    if (watch.window === null) return expect(watch.sides(watch.start(about), about)).toHaveLength(1);
    expect(watch.sides(watch.start(about), about)).toEqual([]);
    expect(watch.sides(primed().memory, about).length).toBeGreaterThan(0);
  });
});
