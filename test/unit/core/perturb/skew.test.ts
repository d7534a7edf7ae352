// skew: a mixture of two rows of one entity, never one of the two; the same one for the same request; nothing where nothing could mix.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfigText } from '../../../../src/config/load.ts';
import { applyPerturbations } from '../../../../src/core/perturb/apply.ts';
import { dataOf, feature, perturbAll, type Shown, tensor } from '../../../support/perturbing.ts';

const names = ['a', 'b', 'c'];
const declared = [...names.map((name) => feature({ name })), feature({ name: 'user', type: 'string' })];
const skewed = (options: Record<string, unknown>, shown: readonly Shown[]) =>
  perturbAll({ type: 'skew', options: { features: names, ...options } }, { declared, shown });
const row = (user: string, values: readonly number[], more: Partial<Shown> = {}): Shown => ({
  inputs: [...names.map((name, index) => tensor(name, [values[index] as number])), tensor('user', [user])],
  ...more,
});
const rowIn = (request: ReturnType<typeof skewed>[number]['request']) =>
  names.map((name) => dataOf(request, name)?.[0]);

describe('skew', () => {
  it('gives some features as they were and the others as they are, never all or none, in every way there is', () => {
    const shown = Array.from({ length: 400 }, (_, n) => row('u', [n, 1000 + n, 2000 + n]));
    const mixes = skewed({ requests: 1, key: 'user' }, shown).map(({ request }, n) =>
      rowIn(request)
        .map((value, index) => (value === n + 1000 * index ? 'now' : value === n - 1 + 1000 * index ? 'old' : '?'))
        .join(' '),
    );
    expect(mixes[0]).toBe('now now now');
    const seen = new Set(mixes.slice(1));
    expect([...seen].sort()).toEqual([
      'now now old',
      'now old now',
      'now old old',
      'old now now',
      'old now old',
      'old old now',
    ]);
    for (const mix of seen) expect(mixes.filter((one) => one === mix).length).toBeGreaterThan(30);
  });

  it('says that it acted exactly when the row is neither the earlier one nor today’s', () => {
    const value = fc.constantFrom(1, 2);
    const rows = fc.array(fc.tuple(value, value, value), { minLength: 2, maxLength: 20 });
    fc.assert(
      fc.property(rows, (all) => {
        const sent = skewed(
          { requests: 1 },
          all.map((values) => row('u', values)),
        );
        for (const [index, { request, acted }] of sent.entries()) {
          const [before, now, given] = [String(all[index - 1]), String(all[index]), String(rowIn(request))];
          expect(acted).toBe(given !== now);
          if (acted) expect(given).not.toBe(before);
          const changed = names.filter((_, at) => index > 0 && all[index - 1]?.[at] !== all[index]?.[at]);
          expect(acted).toBe(changed.length >= 2);
        }
      }),
    );
  });

  it('is about the entity that the key names, by age too', () => {
    const shown = [row('u', [1, 2, 3]), row('v', [4, 5, 6], { at: 10 }), row('u', [7, 8, 9], { at: 20 })];
    const [, v, u] = skewed({ requests: 1, key: 'user' }, shown);
    expect([v?.acted, u?.acted]).toEqual([false, true]);
    const [, , tooYoung] = skewed({ ageMs: 21, key: 'user' }, shown);
    const [, , old] = skewed({ ageMs: 20, key: 'user' }, shown);
    expect([tooYoung?.acted, old?.acted]).toEqual([false, true]);
  });

  it('leaves a request alone of which it remembers nothing', () => {
    const use = { type: 'skew', options: { features: names, requests: 1 } };
    const { inputs } = row('u', [1, 2, 3]);
    const setting = { arm: 'a', perturbations: [use], inputs: declared, seed: 's', requestId: 'r' };
    expect(applyPerturbations({ inputs }, setting)).toEqual({ request: { inputs }, acted: false });
  });

  it('stops the start, at its place, when there are not two features to mix, or no word of when', () => {
    const at = (use: string): string[] =>
      checkConfigText(
        `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}
inputs: [{name: a}, {name: b}]
decisions: {late: {output: p, label: above 0.5}}
experiments:
  e:
    arms: {torn: {target: {url: "http://127.0.0.1:2"}, perturb: [${use}]}}
    expect: {torn.late: {flip: at most 5%}}
    stopWhen: [production.p99 above 1s]
`,
        { env: {}, directory: '/' },
      ).errors.map(({ line, column, message }) => `${line}:${column} ${message}`);
    expect(at('{skew: [a, b], requests: 1}')).toEqual([]);
    expect(at('{skew: a, requests: 1}')).toEqual(['7:73 skew requires at least two features, got 1']);
    expect(at('{skew: [a, b]}')).toEqual(['7:73 skew requires either requests or age']);
  });
});
