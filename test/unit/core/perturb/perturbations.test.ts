// What every perturbation of a config does: to which features, in which order, to which requests; and the oldest kinds one by one.
import { describe, expect, it } from 'vitest';
import { applyPerturbations, createPerturber } from '../../../../src/core/perturb/apply.ts';
import type { ModelRequest } from '../../../../src/model.ts';
import { beyond, inputs, moment, perturb, request } from '../../../support/mixed-request.ts';
import { dataOf, feature } from '../../../support/perturbing.ts';

describe('drop', () => {
  it('cuts a column out of every row, shape and data alike', () => {
    const [features] = perturb('drop', { features: 'hour' }).inputs;
    expect(features).toMatchObject({ shape: [2, 2], data: [30, 0.5, -10, null] });
  });

  it('cuts several columns by their declared places', () => {
    expect(perturb('drop', { features: ['delay', 'rain'] }).inputs[0]).toMatchObject({ shape: [2, 1], data: [8, 23] });
  });

  it('leaves out a tensor that is the feature, and one that has no column left', () => {
    expect(perturb('drop', { features: 'carrier' }).inputs.map(({ name }) => name)).toEqual([
      'features',
      'holiday',
      'serial',
    ]);
    expect(dataOf(perturb('drop', { features: ['delay', 'hour', 'rain'] }), 'features')).toBeUndefined();
  });
});

describe('zero', () => {
  it('sets a column to 0 in every row and leaves the rest', () => {
    expect(dataOf(perturb('zero', { features: 'delay' }), 'features')).toEqual([0, 8, 0.5, 0, 23, null]);
  });

  it('is false for a boolean, and 0 for a missing value', () => {
    expect(dataOf(perturb('zero', { features: 'holiday' }), 'holiday')).toEqual([false, false]);
    expect(dataOf(perturb('zero', { features: 'rain' }), 'features')).toEqual([30, 8, 0, -10, 23, 0]);
  });

  it('takes patterns', () => {
    expect(dataOf(perturb('zero', { features: 'h*' }), 'features')).toEqual([30, 0, 0.5, -10, 0, null]);
    expect(dataOf(perturb('zero', { features: ['*ain', 'delay'] }), 'features')).toEqual([0, 8, 0, 0, 23, 0]);
  });

  it('refuses a string', () => {
    expect(() => perturb('zero', { features: 'carrier' })).toThrow(
      'zero cannot change carrier: a string has no zero; use default',
    );
  });
});

describe('default', () => {
  it('sets the declared default in the tensor’s own type', () => {
    expect(dataOf(perturb('default', { features: 'delay' }), 'features')).toEqual([5, 8, 0.5, 5, 23, null]);
    expect(dataOf(perturb('default', { features: 'carrier' }), 'carrier')).toEqual(['UA', 'UA']);
    expect(dataOf(perturb('default', { features: 'holiday' }), 'holiday')).toEqual([true, true]);
    expect(dataOf(perturb('default', { features: 'serial' }), 'serial')).toEqual([7, 7]);
  });

  it('refuses a feature that declares none', () => {
    expect(() => perturb('default', { features: 'rain' })).toThrow(
      'default cannot change rain: it declares no default',
    );
  });
});

describe('scale', () => {
  it('multiplies numbers and passes missing values over', () => {
    expect(dataOf(perturb('scale', { features: ['delay', 'rain'], by: 60 }), 'features')).toEqual([
      1800,
      8,
      30,
      -600,
      23,
      null,
    ]);
  });

  it('keeps 64-bit integers exact, whole and inside their range', () => {
    expect(dataOf(perturb('scale', { features: 'serial', by: 3 }), 'serial')).toEqual([123, beyond * 3n]);
    expect(dataOf(perturb('scale', { features: 'serial', by: 0.1 }), 'serial')?.[0]).toBe(4);
    expect(dataOf(perturb('scale', { features: 'serial', by: 1e9 }), 'serial')).toEqual([41e9, 2n ** 63n - 1n]);
    expect(dataOf(perturb('scale', { features: 'serial', by: -1e300 }), 'serial')).toEqual([
      -(2n ** 63n),
      -(2n ** 63n),
    ]);
  });

  it('refuses booleans', () => {
    expect(() => perturb('scale', { features: 'holiday', by: 2 })).toThrow(/scale is for numbers/);
  });
});

describe('noise', () => {
  it.each(['gaussian', 'uniform', 'laplace'])('%s has mean 0 and the declared standard deviation', (distribution) => {
    const perturber = createPerturber({
      arm: 'a',
      perturbations: [{ type: 'noise', options: { features: 'delay', distribution, ofRange: 0.1 } }],
      inputs,
      seed: 's',
    });
    const errors = Array.from({ length: 4000 }, (_, index) => {
      const [value] = dataOf(
        perturber.apply(request, { requestId: `r${index}`, arrivedAt: 0 }).request,
        'features',
      ) as [number];
      return value - 30;
    });
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    const sd = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
    // The declared range is 660 wide: sd 66; four standard errors of 4000 draws.
    expect(Math.abs(mean)).toBeLessThan((4 * 66) / Math.sqrt(4000));
    expect(Math.abs(sd / 66 - 1)).toBeLessThan(0.08);
  });

  it('leaves missing values, and keeps integers whole', () => {
    const changed = perturb('noise', { features: ['rain', 'serial'], sd: 1000 });
    expect(dataOf(changed, 'features')?.[5]).toBeNull();
    const serial = dataOf(changed, 'serial') as [number, bigint];
    expect(Number.isInteger(serial[0])).toBe(true);
    expect(typeof serial[1]).toBe('bigint');
  });

  it('needs exactly one of sd and ofRange, and a range for the latter', () => {
    expect(() => perturb('noise', { features: 'delay' })).toThrow(/either sd or ofRange/);
    expect(() => perturb('noise', { features: 'delay', sd: 1, ofRange: 0.1 })).toThrow(/either sd or ofRange/);
    expect(() => perturb('noise', { features: 'rain', ofRange: 0.1 })).toThrow('ofRange needs its declared range');
  });

  it('never throws, however large the error', () => {
    const changed = perturb('noise', { features: ['delay', 'serial'], sd: 1.7e308 });
    expect(Number.isFinite(dataOf(changed, 'features')?.[0])).toBe(true);
    expect([2n ** 63n - 1n, -(2n ** 63n)]).toContain(dataOf(changed, 'serial')?.[1]);
  });
});

describe('choosing features', () => {
  it('takes a group, a pattern of groups, and names beside them', () => {
    expect(dataOf(perturb('zero', { features: 'group times' }), 'features')).toEqual([0, 0, 0.5, 0, 0, null]);
    expect(dataOf(perturb('zero', { features: ['group w*', 'delay'] }), 'features')).toEqual([0, 8, 0, 0, 23, 0]);
  });

  it('refuses a group that nobody declared', () => {
    expect(() => perturb('zero', { features: 'group wether' })).toThrow(
      'zero names "group wether", which is no declared group; declared: group times, group weather',
    );
  });

  it('prefers a feature with just that name', () => {
    const named = [feature({ name: 'group times', tensor: 'features', index: 2 }), ...inputs.slice(0, 2)];
    const use = { type: 'zero', options: { features: 'group times' } };
    const perturber = createPerturber({ arm: 'a', perturbations: [use], inputs: named, seed: 's' });
    expect(dataOf(perturber.apply(request, moment).request, 'features')).toEqual([30, 8, 0, -10, 23, 0]);
  });
});

describe('several perturbations', () => {
  it('are applied in their order, each to what the one before made', () => {
    const both = (perturbations: { type: string; options: Record<string, unknown> }[]) =>
      applyPerturbations(request, { arm: 'a', perturbations, inputs, seed: 's', requestId: 'r' }).request;
    const minutes = { type: 'scale', options: { features: 'delay', by: 60 } };
    const offset = { type: 'shift', options: { features: 'delay', by: 1 } };
    expect(dataOf(both([minutes, offset]), 'features')?.[0]).toBe(1801);
    expect(dataOf(both([offset, minutes]), 'features')?.[0]).toBe(1860);
  });
});

describe('createPerturber', () => {
  const zeroDelay = { type: 'zero', options: { features: 'delay' } };

  it('names what is known when a kind, a feature or an option is not', () => {
    expect(() => perturb('zer', { features: 'delay' })).toThrow(
      'perturbation "zer" is unknown; known: drop, zero, default, noise, scale',
    );
    expect(() => perturb('zero', { features: 'dely' })).toThrow(
      'zero names "dely", which is no declared input; declared: delay, hour, rain, carrier, holiday, serial',
    );
    expect(() => perturb('zero', { features: 'delay', shar: 0.5 })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
    expect(() => perturb('zero', { features: 'delay', share: 1.5 })).toThrow(/share/);
    expect(() => perturb('zero', { features: 'd.lay' })).toThrow(/no declared input/);
  });

  it('says whether the shape breaks', () => {
    const made = (type: string): boolean =>
      createPerturber({ arm: 'a', perturbations: [{ type, options: { features: 'delay' } }], inputs, seed: 's' })
        .breaksShape;
    expect(made('drop')).toBe(true);
    expect(made('zero')).toBe(false);
  });

  it('acted only when something changed: zeroing zeros is not acting', () => {
    const still: ModelRequest = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 3], data: [0, 8, 1] }] };
    const perturber = createPerturber({ arm: 'a', perturbations: [zeroDelay], inputs, seed: 's' });
    expect(perturber.apply(still, moment)).toEqual({ request: still, acted: false });
    expect(perturber.apply(request, moment).acted).toBe(true);
  });

  it('passes over a request without the tensor or the column', () => {
    const perturber = createPerturber({ arm: 'a', perturbations: [zeroDelay], inputs, seed: 's' });
    const other: ModelRequest = { inputs: [{ name: 'other', datatype: 'FP32', shape: [1], data: [1] }] };
    const wide = createPerturber({
      arm: 'a',
      perturbations: [{ type: 'zero', options: { features: 'rain' } }],
      inputs,
      seed: 's',
    });
    const narrow: ModelRequest = { inputs: [{ name: 'features', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] };
    expect(perturber.apply(other, moment).acted).toBe(false);
    expect(wide.apply(narrow, moment).acted).toBe(false);
  });

  it('chooses other requests for another arm, another seed and another place in the list', () => {
    const half = { type: 'zero', options: { features: 'delay', share: 0.5 } };
    const chosen = (arm: string, { seed = 's', before = 0 } = {}): string => {
      const idle = new Array(before).fill({ type: 'zero', options: { features: 'rain', share: 0 } });
      const perturber = createPerturber({ arm, perturbations: [...idle, half], inputs, seed });
      return Array.from({ length: 64 }, (_, id) =>
        Number(perturber.apply(request, { requestId: `r${id}`, arrivedAt: 0 }).acted),
      ).join('');
    };
    const patterns = [chosen('a'), chosen('b'), chosen('a', { seed: 't' }), chosen('a', { before: 1 })];
    expect(new Set(patterns).size).toBe(4);
    expect(chosen('a')).toBe(patterns[0]);
  });
});
