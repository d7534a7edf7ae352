// Kinds that change a value by itself: noise in spreads, shift, null, clip, outOfDomain, quantize. Known answers.
import { describe, expect, it } from 'vitest';
import { createPerturber } from '../../../../src/core/perturb/apply.ts';
import type { ModelRequest } from '../../../../src/model.ts';
import { beyond, moment, perturb, request } from '../../../support/mixed-request.ts';
import { dataOf, feature } from '../../../support/perturbing.ts';

describe('noise in units of the spread', () => {
  it('has that many spreads as its standard deviation', () => {
    const errorOf = (options: Record<string, unknown>): number =>
      ((dataOf(perturb('noise', { features: 'delay', ...options }), 'features') ?? [])[0] as number) - 30;
    // The same draw, so the errors are in the ratio of their deviations: 0.5 spreads of 40 are 20.
    expect(errorOf({ ofSpread: 0.5 })).toBeCloseTo(errorOf({ sd: 20 }), 9);
    expect(() => errorOf({ ofSpread: 0.5, features: 'rain' })).toThrow('ofSpread needs its declared spread');
  });
});

describe('shift', () => {
  it('adds to numbers, passes missing ones over, and keeps 64-bit integers exact', () => {
    expect(dataOf(perturb('shift', { features: ['delay', 'rain'], by: 2.5 }), 'features')).toEqual([
      32.5,
      8,
      3,
      -7.5,
      23,
      null,
    ]);
    expect(dataOf(perturb('shift', { features: 'serial', by: -41 }), 'serial')).toEqual([0, beyond - 41n]);
  });

  it('refuses texts', () => {
    expect(() => perturb('shift', { features: 'carrier', by: 1 })).toThrow('shift is for numbers, and it is a string');
  });
});

describe('null', () => {
  it('makes numbers of float tensors missing, as NaN or as null', () => {
    expect(dataOf(perturb('null', { features: 'delay' }), 'features')).toEqual([NaN, 8, 0.5, NaN, 23, null]);
    expect(dataOf(perturb('null', { features: 'hour', as: 'JSON null' }), 'features')).toEqual([
      30,
      null,
      0.5,
      -10,
      null,
      null,
    ]);
  });

  it('leaves integers, which cannot be missing, and refuses texts and booleans', () => {
    expect(perturb('null', { features: 'serial' })).toBe(request);
    expect(() => perturb('null', { features: 'carrier' })).toThrow('a string cannot be missing; use default or drop');
    expect(() => perturb('null', { features: 'holiday' })).toThrow('a boolean cannot be missing; use default or drop');
  });
});

describe('clip', () => {
  it('keeps numbers inside the given or the declared range', () => {
    expect(dataOf(perturb('clip', { features: ['delay', 'hour'], to: [0, 20] }), 'features')).toEqual([
      20,
      8,
      0.5,
      0,
      20,
      null,
    ]);
    expect(dataOf(perturb('clip', { features: 'serial' }), 'serial')).toEqual([41, 100]);
  });

  it('gives integers a whole number inside the range', () => {
    expect(dataOf(perturb('clip', { features: 'serial', to: [41.5, 50.7] }), 'serial')).toEqual([42, 50]);
  });

  it('refuses a feature without any range, and a range upside down', () => {
    expect(() => perturb('clip', { features: 'rain' })).toThrow('it declares no range, and no `to` is given');
    expect(() => perturb('clip', { features: 'rain', to: [2, 1] })).toThrow(
      'clip requires low before high, got to: [2, 1]',
    );
  });
});

describe('outOfDomain', () => {
  it('goes beyond the range by widths of it, on the asked side', () => {
    expect(dataOf(perturb('outOfDomain', { features: 'delay' }), 'features')?.[0]).toBe(1260);
    expect(dataOf(perturb('outOfDomain', { features: 'delay', side: 'below', factor: 0.5 }), 'features')?.[0]).toBe(
      -390,
    );
    const either = perturb('outOfDomain', { features: 'delay', side: 'either' });
    for (const value of [dataOf(either, 'features')?.[0], dataOf(either, 'features')?.[3]]) {
      expect([1260, -720]).toContain(value);
    }
  });

  it('puts an unseen category in', () => {
    expect(dataOf(perturb('outOfDomain', { features: 'carrier' }), 'carrier')).toEqual([
      'never-seen-before',
      'never-seen-before',
    ]);
    expect(dataOf(perturb('outOfDomain', { features: 'carrier', category: 'ZZ' }), 'carrier')).toEqual(['ZZ', 'ZZ']);
  });

  it('leaves a value where the datatype ends with the range', () => {
    const inputsOfBytes = [feature({ name: 'b', tensor: 'b', index: null, range: [0, 255] })];
    const use = (side: string) => [{ type: 'outOfDomain', options: { features: 'b', side } }];
    const bytes: ModelRequest = { inputs: [{ name: 'b', datatype: 'UINT8', shape: [1], data: [7] }] };
    for (const side of ['above', 'below']) {
      const perturber = createPerturber({ arm: 'a', perturbations: use(side), inputs: inputsOfBytes, seed: 's' });
      expect(perturber.apply(bytes, moment)).toEqual({ request: bytes, acted: false });
    }
  });

  it('refuses a boolean and a number without a range', () => {
    expect(() => perturb('outOfDomain', { features: 'holiday' })).toThrow('a boolean has no value outside its domain');
    expect(() => perturb('outOfDomain', { features: 'rain' })).toThrow('it declares no range to be outside of');
  });
});

describe('quantize', () => {
  it('rounds to the nearest of the levels, from end to end of the range', () => {
    // Four levels of [-60, 600] are -60, 160, 380 and 600.
    expect(dataOf(perturb('quantize', { features: 'delay', levels: 4 }), 'features')).toEqual([
      -60,
      8,
      0.5,
      -60,
      23,
      null,
    ]);
    expect(dataOf(perturb('quantize', { features: 'serial', levels: 3 }), 'serial')).toEqual([50, 100]);
  });

  it('has 256 levels like int8', () => {
    const value = dataOf(perturb('quantize', { features: 'delay' }), 'features')?.[0] as number;
    expect(value).toBeCloseTo(-60 + 35 * (660 / 255), 9);
  });

  it('refuses a feature without a range', () => {
    expect(() => perturb('quantize', { features: 'rain' })).toThrow('it declares no range to divide into levels');
  });
});
