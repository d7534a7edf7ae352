// stale: the entity's own past, by requests and by age; nobody else's; nothing while there is none.
import { describe, expect, it } from 'vitest';
import type { TensorValue } from '../../../../src/model.ts';
import { dataOf, feature, perturbAll, type Shown, tensor } from '../../../support/perturbing.ts';

const declared = [feature({ name: 'delay' }), feature({ name: 'user', type: 'string' })];

function delays(options: Record<string, unknown>, shown: readonly Shown[]): (readonly TensorValue[] | undefined)[] {
  const use = { type: 'stale', options: { features: 'delay', ...options } };
  return perturbAll(use, { declared, shown }).map(({ request }) => dataOf(request, 'delay'));
}

const about = (user: string, delay: number, more: Partial<Shown> = {}): Shown => ({
  inputs: [tensor('delay', [delay]), tensor('user', [user])],
  ...more,
});

describe('stale by requests', () => {
  it('gives the value the same entity had k requests ago, and leaves an entity that has no such past', () => {
    const shown = [about('u', 1), about('v', 10), about('u', 2), about('u', 3), about('v', 20), about('u', 4)];
    expect(delays({ key: 'user', requests: 1 }, shown)).toEqual([[1], [10], [1], [2], [10], [3]]);
    expect(delays({ key: 'user', requests: 2 }, shown)).toEqual([[1], [10], [2], [1], [20], [2]]);
  });

  it('remembers what was received, not what was sent, and learns while it is off', () => {
    const shown = [about('u', 1, { isOn: false }), about('u', 2), about('u', 3), about('u', 4)];
    expect(delays({ key: 'user', requests: 1 }, shown)).toEqual([[1], [1], [2], [3]]);
  });

  it('is about one entity without a key', () => {
    expect(delays({ requests: 1 }, [about('u', 1), about('v', 2), about('w', 3)])).toEqual([[1], [1], [2]]);
  });

  it('goes row by row; rows of one request do not see each other, and the last of an entity counts', () => {
    const batch = (users: readonly string[], values: readonly number[]): Shown => ({
      inputs: [tensor('delay', values), tensor('user', users, { shape: [users.length, 1] })],
    });
    const shown = [batch(['u', 'v', 'u'], [1, 2, 3]), batch(['v', 'u', 'w'], [4, 5, 6])];
    expect(delays({ key: 'user', requests: 1 }, shown)).toEqual([
      [1, 2, 3],
      [2, 3, 6],
    ]);
  });

  it('takes vectors whole', () => {
    const vector = (values: readonly number[]): Shown => ({ inputs: [tensor('delay', values, { shape: [2, 3] })] });
    const shown = [vector([1, 2, 3, 4, 5, 6]), vector([7, 8, 9, 10, 11, 12])];
    expect(delays({ requests: 1 }, shown)[1]).toEqual([4, 5, 6, 4, 5, 6]);
  });

  it('passes over a missing key, another datatype, another length and as many keys as there are not rows', () => {
    const nobody: Shown = { inputs: [tensor('delay', [5])] };
    const integer: Shown = { inputs: [tensor('delay', [6], { datatype: 'INT32' }), tensor('user', ['u'])] };
    const longer: Shown = { inputs: [tensor('delay', [7, 8], { shape: [1, 2] }), tensor('user', ['u'])] };
    const uneven: Shown = { inputs: [tensor('delay', [9, 9]), tensor('user', ['u'])] };
    const shown = [about('u', 1), nobody, integer, longer, uneven];
    expect(delays({ key: 'user', requests: 1 }, shown)).toEqual([[1], [5], [6], [7, 8], [9, 9]]);
  });
});

describe('stale by age', () => {
  it('gives the value as it stood that long before this arrival', () => {
    const shown = [
      about('u', 1, { at: 0 }),
      about('u', 2, { at: 600 }),
      about('u', 3, { at: 999 }),
      about('u', 4, { at: 1000 }),
      about('u', 5, { at: 1700 }),
      about('v', 6, { at: 9000 }),
    ];
    expect(delays({ key: 'user', ageMs: 1000 }, shown)).toEqual([[1], [2], [3], [1], [2], [6]]);
  });

  it('is right to a 32nd of the age, however busy the entity', () => {
    const shown = Array.from({ length: 5000 }, (_, at) => about('u', at, { at }));
    const given = delays({ key: 'user', ageMs: 1000 }, shown);
    for (let at = 1100; at < 5000; at++) {
      const age = at - (given[at]?.[0] as number);
      expect(age >= 1000 && age <= 1000 + 1000 / 32 + 1).toBe(true);
    }
  });
});

describe('stale in a config', () => {
  it('needs one of requests and age, a declared key, and never ages the key', () => {
    expect(() => delays({}, [])).toThrow('stale requires either requests or age');
    expect(() => delays({ requests: 1, ageMs: 5 }, [])).toThrow('stale requires either requests or age');
    expect(() => delays({ requests: 1, key: 'usr' }, [])).toThrow(
      'stale names "usr", which is no declared input; declared: delay, user',
    );
    expect(() => delays({ requests: 1, key: 'user', features: 'user' }, [])).toThrow(
      'stale cannot change user: it names the entity',
    );
  });
});
