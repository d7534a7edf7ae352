// Faults answer from the request alone: the same request, the same fate; the declared share; nothing known, nothing claimed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInShare, keyOf } from '../../../src/core/random.ts';
import { delay } from '../../../src/faults/delay.ts';
import { dependency } from '../../../src/faults/dependency.ts';
import { faults } from '../../../src/faults/index.ts';
import type { ModelRequest, TensorValue } from '../../../src/model.ts';

const requestFor = (key: TensorValue): ModelRequest => ({
  inputs: [
    { name: 'features', datatype: 'FP32', shape: [1, 1], data: [1] },
    { name: 'entity_key', datatype: 'BYTES', shape: [1], data: [key] },
  ],
});
const contextFor = (requestId: string, key: TensorValue = requestId) => ({
  armName: 'slow',
  seed: '7',
  requestId,
  request: requestFor(key),
});
const ids = Array.from({ length: 4000 }, (_, index) => `id-${index}`);
const shareOf = (acted: readonly (boolean | null)[]): number =>
  acted.filter((one) => one === true).length / acted.length;

describe('delay', () => {
  const fault = delay.create({ delayMs: 300, jitterMs: 100, share: 0.1 });

  it('acts on its share, from here, and holds back only what it acts on', () => {
    expect(fault.injectedHere).toBe(true);
    expect(shareOf(ids.map((id) => fault.acts(contextFor(id))))).toBeCloseTo(0.1, 1);
    for (const id of ids.slice(0, 200)) {
      const delayMs = fault.delayMs(contextFor(id));
      if (fault.acts(contextFor(id))) expect(delayMs >= 200 && delayMs < 400).toBe(true);
      else expect(delayMs).toBe(0);
    }
  });

  it.each(['uniform', 'normal', 'lognormal', 'pareto'] as const)(
    '%s: half of the delays are longer than asked, each is drawn anew and again alike, none is past the cap',
    (distribution) => {
      const made = () => delay.create({ delayMs: 300, jitterMs: 100, distribution, atMostMs: 700, share: 1 });
      const [first, second] = [made(), made()].map((one) => ids.map((id) => one.delayMs(contextFor(id)))) as [
        number[],
        number[],
      ];
      expect(first).toEqual(second);
      expect(new Set(first).size).toBeGreaterThan(3000);
      expect(Math.abs(first.filter((delayMs) => delayMs > 300).length / ids.length - 0.5)).toBeLessThan(0.04);
      expect(Math.max(...first)).toBeLessThanOrEqual(700);
      expect(ids.map((id) => made().delayMs({ ...contextFor(id), seed: '8' }))).not.toEqual(first);
    },
  );

  it('is the same for the same request, and independent between arms and seeds', () => {
    const fates = (change: object) => ids.map((id) => fault.acts({ ...contextFor(id), ...change }));
    expect(fates({})).toEqual(fates({}));
    expect(fates({ armName: 'other' })).not.toEqual(fates({}));
    expect(fates({ seed: '8' })).not.toEqual(fates({}));
  });

  it('does not read the request, so that a perturbation before it changes nothing', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.string(),
        (id, key) => fault.acts(contextFor(id, key)) === fault.acts(contextFor(id, 'else')),
      ),
    );
  });
});

describe('dependency', () => {
  const does = { type: 'latency', options: { delayMs: 800 } };
  const options = { name: 'store', does, share: 0.3, seed: 's', key: 'entity_key' };

  it('acts on exactly the keys that a store with the same seed and share makes slow', () => {
    const fault = dependency.create(options);
    const acted = ids.map((id) => fault.acts(contextFor('any', id)));
    expect(acted).toEqual(ids.map((key) => isInShare(keyOf('s'), key, 0.3)));
    expect(shareOf(acted)).toBeCloseTo(0.3, 1);
  });

  it('is injected elsewhere: nothing is held back here', () => {
    const fault = dependency.create(options);
    expect([fault.injectedHere, fault.delayMs(contextFor('any'))]).toEqual([false, 0]);
  });

  it.each([
    ['no key is declared', { ...options, key: undefined }, requestFor('a')],
    ['the request lacks the input', { ...options, key: 'customer' }, requestFor('a')],
    ['the input is not text', { ...options, key: 'features' }, requestFor('a')],
    ['the key is missing', options, requestFor(null)],
  ])('cannot be known when %s', (_, given, request) => {
    const { key, ...rest } = given;
    const fault = dependency.create(key === undefined ? rest : { ...rest, key });
    expect(fault.acts({ ...contextFor('any'), request })).toBeNull();
  });

  it.each(['failFirst', 'failover', 'stale'])(
    'cannot be known of %s, which leaves selected calls alone at times',
    (type) => {
      const fault = dependency.create({ ...options, does: { type, options: {} } });
      const acted = ids.map((id) => fault.acts(contextFor('any', id)));
      expect(acted).toEqual(ids.map((key) => (isInShare(keyOf('s'), key, 0.3) ? null : false)));
      const always = dependency.create({ name: 'store', does: { type, options: {} }, share: 1 });
      expect(always.acts(contextFor('any'))).toBeNull();
    },
  );

  it('acts on everything at a share of 100%, known or not', () => {
    expect(dependency.create({ name: 'store', does, share: 1 }).acts(contextFor('any'))).toBe(true);
  });
});

it('every fault has the anatomy of a kind', () => {
  for (const { name, summary, options, mainOption } of faults) {
    expect(name).toMatch(/^[a-z][A-Za-z]+$/);
    expect(summary.length).toBeGreaterThan(20);
    expect(Object.keys(options.properties)).toContain(mainOption);
  }
});
