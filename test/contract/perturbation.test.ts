// Laws of every perturbation: the same key gives the same request, the input is untouched, a share of 0 is identity, the share
// is kept, and what comes out is a request again.
import fc from 'fast-check';
import type { TObject } from 'typebox';
import { describe, expect, it } from 'vitest';
import type { Kind } from '../../src/core/kind.ts';
import { createPerturber } from '../../src/core/perturb/apply.ts';
import { type Perturbation, perturbations } from '../../src/core/perturb/index.ts';
import type { Datatype, InputFeature, ModelRequest, Tensor, TensorValue } from '../../src/model.ts';

/** What a kind needs besides `features` and `share`. A new kind with required options adds a line. */
const needed: Readonly<Record<string, Record<string, unknown>>> = { noise: { sd: 3 }, scale: { by: 3 } };

const inputs: readonly InputFeature[] = ['x', 'y', 'count'].map((name, index) => ({
  name,
  tensor: name === 'count' ? 'count' : 'features',
  index: name === 'count' ? null : index,
  type: name === 'count' ? 'integer' : 'number',
  range: [0, 100],
  default: 41,
  zeroIsLegal: true,
}));

const number = fc.oneof(fc.double(), fc.integer(), fc.constant(null));
const whole = fc.oneof(fc.integer({ min: -1e6, max: 1e6 }), fc.bigInt({ min: 2n ** 60n, max: 2n ** 62n }));
const requests = fc
  .record({
    rows: fc.integer({ min: 1, max: 3 }),
    x: fc.array(number, { minLength: 9, maxLength: 9 }),
    n: fc.array(whole, { minLength: 3, maxLength: 3 }),
  })
  .map(
    ({ rows, x, n }): ModelRequest => ({
      id: 'r',
      inputs: [
        { name: 'features', datatype: 'FP64', shape: [rows, 3], data: x.slice(0, 3 * rows) },
        { name: 'count', datatype: 'INT64', shape: [rows, 1], data: n.slice(0, rows) },
        { name: 'entity_key', datatype: 'BYTES', shape: [rows], data: new Array<string>(rows).fill('k') },
      ],
    }),
  );

const kinds: readonly Kind<TObject, Perturbation>[] = perturbations;

describe.each(kinds.map((kind) => ({ name: kind.name, kind })))('perturbation $name', ({ name, kind }) => {
  const made = (share: number) =>
    createPerturber({
      arm: 'arm',
      perturbations: [{ type: name, options: { features: '*', share, ...needed[name] } }],
      inputs,
      seed: 'seed',
    });

  it('carries its own name, a sentence and a described schema', () => {
    expect(kind.create({ features: 'x', share: 1, ...needed[name] }).name).toBe(name);
    expect(kind.summary).toMatch(/\.$/);
    for (const option of Object.values(kind.options.properties)) {
      expect(option).toHaveProperty('description');
    }
  });

  it('gives the same request for the same key, and leaves its input untouched', () => {
    fc.assert(
      fc.property(requests, fc.string(), (request, id) => {
        const before = render(request);
        const frozen = deepFreeze(request);
        expect(render(made(1).apply(frozen, id).request)).toBe(render(made(1).apply(frozen, id).request));
        expect(render(request)).toBe(before);
      }),
    );
  });

  it('is identity at a share of 0', () => {
    fc.assert(
      fc.property(requests, fc.string(), (request, id) => {
        expect(made(0).apply(request, id)).toEqual({ request, acted: false });
      }),
    );
  });

  it('keeps its share, within five standard errors', () => {
    const request: ModelRequest = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 2], data: [7, 9] }] };
    for (const share of [0.05, 0.3, 1]) {
      const perturber = made(share);
      const acted = Array.from({ length: 4000 }, (_, id) => perturber.apply(request, `id-${id}`).acted).filter(Boolean);
      const slack = 5 * Math.sqrt((share * (1 - share)) / 4000);
      expect(Math.abs(acted.length / 4000 - share)).toBeLessThanOrEqual(slack);
    }
  });

  it('gives a request again: shape fits data, values fit the datatype, inputs are the declared ones unless it says not', () => {
    fc.assert(
      fc.property(requests, fc.string(), (request, id) => {
        const perturber = made(1);
        const { request: changed, acted } = perturber.apply(request, id);
        for (const tensor of changed.inputs) {
          expect(tensor.data).toHaveLength(tensor.shape.reduce((product, size) => product * size, 1));
          for (const value of tensor.data) expect(isOf(tensor.datatype, value)).toBe(true);
        }
        if (!perturber.breaksShape) expect(shapesOf(changed)).toEqual(shapesOf(request));
        expect(acted).toBe(render(changed) !== render(request));
        expect(changed.inputs.at(-1)).toEqual(request.inputs.at(-1));
        expect(changed.id).toBe(request.id);
      }),
    );
  });
});

function shapesOf({ inputs: tensors }: ModelRequest): unknown[] {
  return tensors.map(({ name, datatype, shape }: Tensor) => [name, datatype, shape]);
}

function isOf(datatype: Datatype, value: TensorValue): boolean {
  if (datatype === 'BYTES') return typeof value === 'string';
  if (datatype !== 'INT64') return typeof value === 'number' || value === null;
  if (typeof value === 'bigint')
    return !Number.isSafeInteger(Number(value)) && value >= -(2n ** 63n) && value < 2n ** 63n;
  return Number.isSafeInteger(value);
}

function render(request: ModelRequest): string {
  return JSON.stringify(request, (_, value) => {
    if (typeof value === 'bigint') return `${value}n`;
    return typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))
      ? `${Object.is(value, -0) ? '-0' : value}`
      : value;
  });
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
