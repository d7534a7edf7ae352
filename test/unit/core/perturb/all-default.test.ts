// The input of defaults alone: every declared input at its default, the rest as it was; or why it cannot be made.
import { describe, expect, it } from 'vitest';
import { allDefault } from '../../../../src/core/perturb/all-default.ts';
import { dataOf, feature, tensor } from '../../../support/perturbing.ts';

const a = feature({ name: 'a', tensor: 'f', index: 0, default: 5 });
const b = feature({ name: 'b', tensor: 'f', index: 1, default: 0 });
const c = feature({ name: 'c', type: 'string', default: 'none' });
const request = {
  id: '7',
  inputs: [tensor('f', [1, 2, 3], { shape: [1, 3] }), tensor('c', ['x']), tensor('key', ['k'])],
};
const problemOf = (...args: Parameters<typeof allDefault>) => {
  const made = allDefault(...args);
  return 'problem' in made ? made.problem : null;
};

describe('the input of defaults alone', () => {
  it('has every declared input at its default in every row, and all else as it was', () => {
    const made = allDefault(request, [a, b, c]);
    if ('problem' in made) throw new Error(made.problem);
    expect(dataOf(made.request, 'f')).toEqual([5, 0, 3]);
    expect([dataOf(made.request, 'c'), dataOf(made.request, 'key'), made.request.id]).toEqual([['none'], ['k'], '7']);
    expect(dataOf(request, 'f')).toEqual([1, 2, 3]);
  });

  it('says why it cannot be made: silence would be taken for an answer to something else', () => {
    expect(problemOf(request, [])).toBe('no inputs are declared');
    expect(problemOf(request, [a, feature({ name: 'b', tensor: 'f', index: 1 })])).toBe('no default is declared for b');
    expect(problemOf(request, [a, feature({ name: 'd', default: 1 })])).toBe('the requests do not hold d');
    expect(problemOf(request, [feature({ name: 'c', default: 1 })])).toBe('the requests cannot hold the default of c');
  });
});
