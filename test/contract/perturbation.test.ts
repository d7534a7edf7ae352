// Laws of every perturbation: the same requests give the same requests, the input is untouched, a share of 0 is identity, the share
// is kept, and what comes out is a request again, whatever datatypes, shapes, batches and gaps went in.
import fc from 'fast-check';
import type { TObject } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Kind } from '../../src/core/kind.ts';
import { createPerturber, type Perturber } from '../../src/core/perturb/apply.ts';
import { type DeclaredInput, type Perturbation, perturbations } from '../../src/core/perturb/index.ts';
import type { ModelRequest, Tensor } from '../../src/model.ts';
import { deepFreeze, expectValid, oddInputs, oddStreams, render } from '../support/odd-requests.ts';

/** What a kind needs besides `features` and `share`, in one or more ways. A new kind with required options adds a line. */
const needed: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  noise: [
    { sd: 3 },
    { ofRange: 0.1, distribution: 'laplace' },
    { ofSpread: 2, distribution: 'uniform' },
    { sd: 1.7e308 },
  ],
  scale: [{ by: 3 }, { by: -0.5 }, { by: 1e300 }],
  shift: [{ by: 7 }, { by: -0.25 }, { by: 1e308 }],
  null: [{}, { as: 'JSON null' }],
  clip: [{}, { to: [3.2, 3.7] }, { to: [-1e308, 5] }],
  outOfDomain: [{}, { side: 'below', factor: 0.1 }, { side: 'either', factor: 1e308 }],
  quantize: [{}, { levels: 2 }],
  drift: [
    { shift: 4, overMs: 1000 },
    { scale: 1e200, overMs: 700, shape: 'sine' },
    { shift: -1e308, overMs: 1, shape: 'step', start: '1970-01-01T00:00:01Z' },
    { category: 'ZZ', mix: 0.7, overMs: 900 },
  ],
  stale: [{ requests: 1 }, { requests: 2, key: 'key' }, { ageMs: 500, key: 'key' }],
  skew: [{ requests: 1 }, { requests: 2, key: 'key' }, { ageMs: 500, key: 'key' }],
  permute: [{}, { pool: 1 }],
  rotate: [{ degrees: 15 }, { degrees: 180 }],
};

const kinds: readonly Kind<TObject, Perturbation>[] = perturbations;
const cases = kinds.flatMap((kind) =>
  (needed[kind.name] ?? [{}]).map((options) => ({ name: kind.name, kind, options, told: JSON.stringify(options) })),
);

/** All features that this use takes, or all pairs of them where it takes two. */
function featuresFor(
  kind: Kind<TObject, Perturbation>,
  options: Record<string, unknown>,
): readonly (readonly string[])[] {
  const made = kind.create({ features: '*', share: 1, ...options });
  const taken = oddInputs.filter((feature) => made.refuses(feature) === null);
  const accepts = (features: readonly DeclaredInput[]): boolean => (made.refusesTogether?.(features) ?? null) === null;
  if (accepts(taken)) return [taken.map(({ name }) => name)];
  const pairs = taken.flatMap((one, index) => taken.slice(index + 1).map((other) => [one, other]));
  return pairs.filter(accepts).map((pair) => pair.map(({ name }) => name));
}

describe.each(cases)('perturbation $name $told', ({ name, kind, options }) => {
  const choices = featuresFor(kind, options);
  const made = ({ share, features }: { share: number; features: readonly string[] }): Perturber =>
    createPerturber({
      arm: 'arm',
      perturbations: [{ type: name, options: { features, share, ...options } }],
      inputs: oddInputs,
      seed: 'seed',
    });
  const given = { stream: oddStreams, features: fc.constantFrom(...choices) };

  it('carries its own name, a sentence and a described schema', () => {
    expect(choices.length).toBeGreaterThan(0);
    expect(kind.create({ features: 'x', share: 1, ...options }).name).toBe(name);
    expect(kind.summary).toMatch(/\.$/);
    for (const option of Object.values(kind.options.properties)) {
      expect(option).toHaveProperty('description');
    }
  });

  it('gives a request again: shape fits data, values fit the datatype, inputs are the declared ones unless it says not', () => {
    fc.assert(
      fc.property(fc.record(given), ({ stream, features }) => {
        const perturber = made({ share: 1, features });
        const tensors = oddInputs.filter((input) => features.includes(input.name)).map(({ tensor }) => tensor);
        for (const { request, ...moment } of stream) {
          const { request: changed, acted } = perturber.apply(request, moment);
          expectValid(changed);
          if (!perturber.breaksShape) expect(shapesOf(changed)).toEqual(shapesOf(request));
          expect(acted).toBe(render(changed) !== render(request));
          const untouched = (one: ModelRequest): Tensor[] =>
            one.inputs.filter((tensor) => !tensors.includes(tensor.name));
          expect(untouched(changed)).toEqual(untouched(request));
          expect(changed.id).toBe(request.id);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('gives the same for the same requests in the same order, and leaves its input untouched', () => {
    fc.assert(
      fc.property(fc.record(given), fc.double({ min: 0, max: 1, noNaN: true }), ({ stream, features }, share) => {
        const before = stream.map(({ request }) => render(request));
        const perturbers = [made({ share, features }), made({ share, features })];
        for (const { request, ...moment } of deepFreeze(stream)) {
          const [one, other] = perturbers.map((perturber) => render(perturber.apply(request, moment).request));
          expect(one).toBe(other);
        }
        expect(stream.map(({ request }) => render(request))).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it('is identity at a share of 0, and while it is off', () => {
    fc.assert(
      fc.property(fc.record(given), ({ stream, features }) => {
        const [none, off] = [made({ share: 0, features }), made({ share: 1, features })];
        for (const { request, ...moment } of stream) {
          for (const result of [none.apply(request, moment), off.apply(request, { ...moment, isOn: false })]) {
            expect(result.request).toBe(request);
            expect(result.acted).toBe(false);
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('keeps its share, within five standard errors, whatever was remembered', () => {
    const features = choices[0] as readonly string[];
    for (const share of [0.05, 0.3, 1]) {
      const perturber = made({ share, features });
      for (const id of [5000, 5001, 5002])
        perturber.apply(ordinary(id), { requestId: `w${id}`, arrivedAt: id, isOn: false });
      const acted = Array.from(
        { length: 2000 },
        (_, id) => perturber.apply(ordinary(id), { requestId: `id-${id}`, arrivedAt: 10_100 + id * 1000 }).acted,
      ).filter(Boolean);
      const slack = 5 * Math.sqrt((share * (1 - share)) / 2000) + shortfall(name, options);
      expect(Math.abs(acted.length / 2000 - share)).toBeLessThanOrEqual(slack);
    }
  });
});

/** What may be missing from a share because the change happens to change nothing: a category drawn, not certain. */
function shortfall(name: string, { mix }: Record<string, unknown>): number {
  return name === 'drift' && mix !== undefined ? 1 - Number(mix) : 0;
}

/** Every feature is there, differs from every other request's, and is outside the declared range. */
function ordinary(id: number): ModelRequest {
  const vector = [1 + id, 0.5, -2, 200.25];
  return {
    inputs: [
      { name: 'features', datatype: 'FP64', shape: [1, 3], data: [300.1 + id, 100.7 - id, 24 + id] },
      { name: 'count', datatype: 'INT64', shape: [1], data: [1000 + id] },
      { name: 'carrier', datatype: 'BYTES', shape: [1], data: [`c${id}`] },
      { name: 'airport', datatype: 'BYTES', shape: [1], data: [`a${id}`] },
      { name: 'vector', datatype: 'FP64', shape: [1, 4], data: vector },
      { name: 'flat', datatype: 'FP64', shape: [4], data: vector },
      { name: 'key', datatype: 'BYTES', shape: [1], data: ['a'] },
    ],
  };
}

function shapesOf({ inputs: tensors }: ModelRequest): unknown[] {
  return tensors.map(({ name, datatype, shape }: Tensor) => [name, datatype, shape]);
}
