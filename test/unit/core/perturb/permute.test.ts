// permute: values of earlier rows, together from one row, any of the pool alike.
import { describe, expect, it } from 'vitest';
import { dataOf, feature, perturbAll, type Shown, tensor } from '../../../support/perturbing.ts';

const declared = [feature({ name: 'a' }), feature({ name: 'b' })];
const pair = (a: number, b: number): Shown => ({ inputs: [tensor('a', [a]), tensor('b', [b])] });

function permuted(options: Record<string, unknown>, shown: readonly Shown[]): (readonly [unknown, unknown])[] {
  const use = { type: 'permute', options: { features: ['a', 'b'], ...options } };
  return perturbAll(use, { declared, shown }).map(
    ({ request }) => [dataOf(request, 'a')?.[0], dataOf(request, 'b')?.[0]] as const,
  );
}

describe('permute', () => {
  it('leaves the first, and gives the others an earlier row, all features from the same one', () => {
    const results = permuted(
      {},
      Array.from({ length: 300 }, (_, index) => pair(index, -index)),
    );
    expect(results[0]).toEqual([0, -0]);
    for (const [index, [a, b]] of results.entries()) {
      expect(b).toBe(-(a as number));
      if (index > 0) expect((a as number) < index && (a as number) >= index - 256).toBe(true);
    }
  });

  it('draws evenly from its pool', () => {
    const results = permuted(
      { pool: 4 },
      Array.from({ length: 4004 }, (_, index) => pair(index, index)),
    ).slice(4);
    const back = results.map(([a], index) => index + 4 - (a as number));
    for (const distance of [1, 2, 3, 4]) {
      const share = back.filter((one) => one === distance).length / 4000;
      // Five standard errors of a quarter.
      expect(Math.abs(share - 0.25)).toBeLessThan(5 * Math.sqrt((0.25 * 0.75) / 4000));
    }
  });

  it('takes the rows of a batch one by one', () => {
    const batch: Shown = { inputs: [tensor('a', [1, 2, 3]), tensor('b', [-1, -2, -3])] };
    const use = { type: 'permute', options: { features: ['a', 'b'] } };
    const [, second] = perturbAll(use, { declared, shown: [batch, batch] });
    const a = dataOf(second?.request ?? { inputs: [] }, 'a') as readonly number[];
    expect(a.every((value) => [1, 2, 3].includes(value))).toBe(true);
    expect(dataOf(second?.request ?? { inputs: [] }, 'b')).toEqual(a.map((value) => -value));
  });
});
