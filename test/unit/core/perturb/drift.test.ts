// drift: known values along a step, a ramp and a sine, from a declared start or from the first request.
import { describe, expect, it } from 'vitest';
import { dataOf, feature, perturbAll, tensor } from '../../../support/perturbing.ts';

const declared = [feature({ name: 'temp' }), feature({ name: 'carrier', type: 'string' })];

function temps(options: Record<string, unknown>, times: readonly number[]): unknown[] {
  const shown = times.map((at) => ({ inputs: [tensor('temp', [10])], at }));
  const use = { type: 'drift', options: { features: 'temp', ...options } };
  return perturbAll(use, { declared, shown }).map(({ request }) => dataOf(request, 'temp')?.[0]);
}

describe('drift of a number', () => {
  it('ramps up from the first request and stays', () => {
    expect(temps({ shift: 8, overMs: 1000 }, [5000, 5250, 5500, 6000, 99_000])).toEqual([10, 12, 14, 18, 18]);
  });

  it('steps after the time', () => {
    expect(temps({ shift: 8, overMs: 1000, shape: 'step' }, [5000, 5999, 6000])).toEqual([10, 10, 18]);
  });

  it('swings with its period', () => {
    const values = temps({ shift: 8, overMs: 1000, shape: 'sine' }, [0, 250, 500, 750]) as number[];
    for (const [index, expected] of [10, 18, 10, 2].entries()) expect(values[index]).toBeCloseTo(expected, 9);
  });

  it('moves a scale evenly in its logarithm', () => {
    expect(temps({ scale: 4, overMs: 1000 }, [0, 500, 1000])).toEqual([10, 20, 40]);
    expect(temps({ scale: 4, overMs: 1000, shape: 'sine' }, [0, 250, 750])).toEqual([10, 40, 2.5]);
  });

  it('goes by a declared start, whatever was seen before: the same request always drifts alike', () => {
    const options = { shift: 8, overMs: 1000, start: '1970-01-01T00:00:05Z' };
    expect(temps(options, [0, 4999, 5500, 6000])).toEqual([10, 10, 14, 18]);
    expect(temps(options, [5500])).toEqual([14]);
  });

  it('starts with the first request that it is shown, on or off', () => {
    const shown = [
      { inputs: [tensor('temp', [10])], at: 0, isOn: false },
      { inputs: [tensor('temp', [10])], at: 500 },
    ];
    const [, second] = perturbAll(
      { type: 'drift', options: { features: 'temp', shift: 8, overMs: 1000 } },
      { declared, shown },
    );
    expect(second?.request.inputs[0]?.data).toEqual([14]);
  });
});

describe('drift of a mix', () => {
  const shareOfXX = (options: Record<string, unknown>, at: number): number => {
    const shown = Array.from({ length: 2000 }, () => ({ inputs: [tensor('carrier', ['UA'])], at }));
    const use = {
      type: 'drift',
      options: { features: 'carrier', category: 'XX', start: '1970-01-01T00:00:00Z', ...options },
    };
    const results = perturbAll(use, { declared, shown });
    return results.filter(({ request }) => dataOf(request, 'carrier')?.[0] === 'XX').length / 2000;
  };
  const nearly = (share: number, expected: number): void =>
    expect(Math.abs(share - expected)).toBeLessThanOrEqual(5 * Math.sqrt((expected * (1 - expected)) / 2000));

  it('grows to its share', () => {
    nearly(shareOfXX({ mix: 0.6, overMs: 1000 }, 500), 0.3);
    nearly(shareOfXX({ mix: 0.6, overMs: 1000 }, 5000), 0.6);
    nearly(shareOfXX({ overMs: 1000 }, 1000), 1);
    nearly(shareOfXX({ overMs: 1000 }, 0), 0);
  });

  it('comes and goes with a sine', () => {
    nearly(shareOfXX({ overMs: 1000, shape: 'sine' }, 500), 1);
    nearly(shareOfXX({ overMs: 1000, shape: 'sine' }, 250), 0.5);
    nearly(shareOfXX({ overMs: 1000, shape: 'sine' }, 1000), 0);
  });
});

it('drift refuses two goals, none, a mix of numbers and a start that is no moment', () => {
  expect(() => temps({ overMs: 1 }, [])).toThrow('drift requires one of shift, scale and category');
  expect(() => temps({ overMs: 1, shift: 1, scale: 2 }, [])).toThrow('drift requires one of shift, scale and category');
  expect(() => temps({ overMs: 1, shift: 1, mix: 0.5 }, [])).toThrow('drift takes mix with category only');
  expect(() => temps({ overMs: 1, category: 'XX' }, [])).toThrow('a mix is of texts, and it is a number');
  expect(() => temps({ overMs: 1, shift: 1, start: 'now' }, [])).toThrow('a moment requires the form');
  expect(() => temps({ overMs: 1, shift: 1, features: 'carrier' }, [])).toThrow(
    'drift in mean or scale is for numbers',
  );
});
